//go:build !unix

package main

import "testing"

// databases runs the tests; there is no PostgreSQL for them here.
type databases struct{ *testing.M }

// runningCarebase is what no script starts here.
type runningCarebase struct{}
