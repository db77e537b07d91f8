package contract

import "time"

// Instant is a point in time as the wire spells it.
type Instant struct {
	Text string    // as it arrived (RFC 3339); empty when absent or null
	Time time.Time // zero when Text is not a valid RFC 3339 time
}

// Amount is a sum of money as the wire spells it.
type Amount struct {
	Text  string  // the JSON number, digit for digit; empty when absent or null
	Value float64 // the nearest float64
}

// Appointment is an AppointmentPayload. A pointer is nil where the field was
// null, absent or of a wrong type; other fields are then zero.
type Appointment struct {
	ID, ItemID                 int64
	StartLocal, EndLocal       Instant // RFC 3339 with an offset
	StartTimeZone, EndTimeZone *string // IANA names
	StartOffset, EndOffset     *string // such as "+00:00"
	Location, PrepNote         *string
	Summary, ICSToken          string // the ICS token is a secret
	CreatedAt                  Instant
	AssignedCollaboratorID     *int64
	GoogleSync                 *GoogleSync
}

// Bill is a BillPayload. A pointer is nil where the field was null, absent or of
// a wrong type; other fields are then zero.
type Bill struct {
	ID, ItemID             int64
	StatementDate, DueDate Instant // UTC midnights
	Amount                 Amount
	PayURL                 *string
	Status                 string  // todo, overdue or paid
	TaskKey                *string // a secret
	CreatedAt              Instant
	AssignedCollaboratorID *int64
	GoogleSync             *GoogleSync
}

// GoogleSync is the calendar state of an entity. Deltas are built before it is
// joined and carry null; answers of /api/plan carry it.
type GoogleSync struct {
	CalendarID, EventID, ETag     *string
	LastSyncedAt, RemoteUpdatedAt Instant
	LastSyncDirection, LocalHash  *string
	SyncStatus, LastError         *string
}
