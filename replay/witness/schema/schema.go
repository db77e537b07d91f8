// Package schema is the part of a Carebase server's database that deltatap knows: for tests, and
// for a stand-in server that keeps its plans in PostgreSQL. It holds text and nothing else.
package schema

import _ "embed"

// SQL creates the tables in the first schema of the search path, which must not have them yet. It
// is several statements without parameters, to be run in one transaction.
//
//go:embed schema.sql
var SQL string
