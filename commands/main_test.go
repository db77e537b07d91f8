//go:build unix

package commands

import (
	"os"
	"testing"

	"github.com/carebase/deltatap/replay/witness/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
