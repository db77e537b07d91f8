package emit

import "time"

// NoAnswerError is why a record is unsure that the server did not answer in time.
type NoAnswerError struct{ After time.Duration }

func (e *NoAnswerError) Error() string { return "no acknowledgement in " + e.After.String() }

// RejectedError is why a record failed: the server's answer says so.
type RejectedError struct {
	// Message is the server's: one line without secrets; may be empty.
	Message string
}

func (e *RejectedError) Error() string {
	if e.Message == "" {
		return "rejected by the server"
	}
	return "rejected by the server: " + e.Message
}
