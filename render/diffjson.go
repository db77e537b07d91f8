package render

import (
	"io"

	"github.com/carebase/deltatap/replay/compare"
)

// DiffJSON writes a report as the one object that scripts rely on.
func DiffJSON(w io.Writer, r *compare.Report) error { return r.WriteJSON(w) }
