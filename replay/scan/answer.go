package scan

import (
	"net/http"

	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/session"
)

// answered is the planVersion that a plan or version record tells; -1 where it tells none.
func answered(rec *session.Record) int64 {
	if rec.Status != http.StatusOK {
		return -1
	}
	if v, ok := plan.Int64(plan.Get(rec.Body, "planVersion")); ok && v >= 0 {
		return v
	}
	return -1
}
