package witness

import "time"

// This file tells of which rows it is written nowhere whether a plan shows them.

// openByReview tells so of an item in review, or turned down.
func openByReview(status *string) bool { return status != nil && *status != "auto" }

// openAtTheEnd tells so of a bill that is due on the day in the middle of which the dates end.
func (r *reader) openAtTheEnd(due *time.Time) bool {
	return due != nil && due.Before(r.End) && due.Add(24*time.Hour).After(r.End)
}

// openInvitation tells so of an invitation that was taken back, and of any to a collaborator.
func openInvitation(status *string, owner bool) bool {
	return !is(status, accepted) && !(is(status, pending) && owner)
}

// is tells whether a column that may be null holds a word.
func is(column *string, word string) bool { return column != nil && *column == word }
