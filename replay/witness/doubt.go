package witness

import "time"

// reviewed is the doubt about an item in review, or turned down.
func reviewed(status *string) string {
	if status == nil || *status == "auto" {
		return ""
	}
	return "it is written nowhere whether a plan shows an item that a review has not let pass"
}

// lastDay is the doubt about a bill that is due on the day in the middle of which the dates end.
func (r *reader) lastDay(due *time.Time) string {
	if due == nil || !due.Before(r.End) || !due.Add(24*time.Hour).After(r.End) {
		return ""
	}
	return "it is written nowhere whether a plan shows a bill that is due on the day in the middle of which its dates end"
}

// shared is the doubt about a collaborator who has not accepted.
func shared(status *string, owner bool) string {
	if is(status, accepted) || is(status, pending) && owner {
		return ""
	}
	return "it is written nowhere whether a plan shows an invitation that was taken back, or any to a collaborator"
}

// is tells whether a column that may be null holds a word.
func is(column *string, word string) bool { return column != nil && *column == word }
