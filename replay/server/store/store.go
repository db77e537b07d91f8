// Package store is where a stand-in Carebase keeps its plans: the interface, and the store in
// memory. It holds rows and versions. It knows nothing of rights, deltas, rooms or HTTP: those are
// the server's.
package store

import (
	"context"
	"errors"
	"time"
)

// Errors of every store. They come wrapped; test with errors.Is.
var (
	// ErrNotFound: there is no such row, or it is in somebody else's plan.
	ErrNotFound = errors.New("not found")
	// ErrTaken: the primary key is already in somebody else's plan, or itemId in another row.
	ErrTaken = errors.New("taken")
	// ErrInvalid: the row cannot be stored (a date that is none, an id that is not positive).
	ErrInvalid = errors.New("invalid")
)

// Kind tells the tables of plan items apart. Its values are those of itemType in a delta.
type Kind string

// The kinds of items.
const (
	Appointment Kind = "appointment"
	Bill        Kind = "bill"
)

// Role is what a user may do with a plan.
type Role string

// The roles.
const (
	Owner       Role = "owner"
	Contributor Role = "contributor"
)

// The states of an invitation.
const (
	Pending  = "pending"
	Accepted = "accepted"
)

// The states of a review.
const (
	ReviewPending = "pending_review" // waits for a person
	ReviewAuto    = "auto"           // classified, or decided
	ReviewNoise   = "noise"          // turned down
)

// User is a row of users.
type User struct {
	ID    int64
	Email string
}

// Recipient is whom a plan is about. The plan belongs to UserID, its owner.
type Recipient struct {
	ID          int64
	UserID      int64
	DisplayName string
}

// Access is whose plan a user reads, and as what.
type Access struct {
	Recipient Recipient
	Role      Role
}

// Version is how often a plan changed.
type Version struct {
	Number    int64
	UpdatedAt time.Time // zero: never
}

// Item is one appointment or bill.
type Item struct {
	Kind   Kind
	ID     int64 // primary key in its table; positive
	ItemID int64 // items.id; positive
	// Payload is the JSON object that /api/plan shows, in its spelling, without white space: with
	// "googleSync" null where the user never linked Google. A store keeps the fields that it has a
	// place for; the memory keeps all bytes.
	Payload []byte
}

// Collaborator is a row of care_collaborators.
type Collaborator struct {
	ID          int64
	RecipientID int64
	UserID      int64 // 0: not a user yet
	Email       string
	Role        Role
	Status      string
	InviteToken string
	InvitedBy   int64
	InvitedAt   time.Time
	AcceptedAt  time.Time // zero: not accepted
	// Extra is a JSON object of members that are none of the above, or nil. A store may have no place
	// for it.
	Extra []byte
}

// Review is the review side of a row of items.
type Review struct {
	ItemID int64
	Status string
	// Draft is the bill that a reviewer began, as a JSON object, or nil. A store may have no place for
	// it.
	Draft []byte
}

// Range is a span of time: Start belongs to it, End does not.
type Range struct{ Start, End time.Time }

// Plan is what a store knows of one plan.
type Plan struct {
	Recipient     Recipient
	Version       Version
	Appointments  []Item
	Bills         []Item
	Collaborators []Collaborator
	// Extra is a JSON object of members of /api/plan that are none of the above, or nil.
	Extra []byte
}

// Store keeps users and plans.
//
// Callers may use it from several goroutines. They do not change what they are given or have handed
// over (slices of bytes are shared), and call no method of the store from within Update.
//
// Implementers give every method the same answers as the memory does; package storetest holds them
// to it. An answer never mixes two versions of a plan within one method, except Plan, whose Version
// may be older than its items.
type Store interface {
	// User finds a user by id; ErrNotFound.
	User(ctx context.Context, id int64) (User, error)

	// Access says whose plan a user reads: the one that they own, else the one of the recipient that
	// they last accepted to collaborate on; ErrNotFound where there is neither.
	Access(ctx context.Context, user int64) (Access, error)

	// Plan reads the plan that owner owns: the appointments with Start ≤ startLocal < End, by
	// startLocal, then id; the bills that are due before End, whatever their status and however old,
	// or at no date, by due date, then id, those without a date last; and the collaborators, owners
	// first, then by invitation; ErrNotFound.
	Plan(ctx context.Context, owner int64, r Range) (Plan, error)

	// Version reads the version of the plan that owner owns; ErrNotFound.
	Version(ctx context.Context, owner int64) (Version, error)

	// Item reads an appointment or a bill of the plan that owner owns, whatever its dates;
	// ErrNotFound.
	Item(ctx context.Context, owner int64, kind Kind, id int64) (Item, error)

	// Reviews lists the items of the plan that owner owns which wait for a review, by id; ErrNotFound
	// where there is no plan.
	Reviews(ctx context.Context, owner int64) ([]Review, error)

	// Invitation finds a collaborator by invite token, and the owner of the plan; ErrNotFound.
	Invitation(ctx context.Context, token string) (Collaborator, int64, error)

	// Update runs fn in a transaction on the plan that owner owns. When fn returns nil, everything it
	// did is there for every later call, and was there for none before; when it returns an error,
	// nothing of it is, and Update returns that error. A store may run fn again after a conflict: fn
	// starts afresh each time. Updates of one plan run one after another.
	Update(ctx context.Context, owner int64, fn func(Tx) error) error

	// Close lets go of what the store holds. No other call may be running or follow.
	Close() error
}

// Shared is a Store whose plans other processes change, too.
type Shared interface {
	Store

	// UpdateThen is Update, and calls then once what fn did is there, and only then. No other
	// UpdateThen of the plan begins before then has returned, in this process or another: what follows
	// each update follows in the order of versions. then calls no method of the store.
	UpdateThen(ctx context.Context, owner int64, fn func(Tx) error, then func()) error
}

// Sequence names the primary keys that a store gives out.
type Sequence string

// The sequences.
const (
	AppointmentIDs  Sequence = "appointments"
	BillIDs         Sequence = "bills"
	ItemIDs         Sequence = "items"
	CollaboratorIDs Sequence = "care_collaborators"
)

// Tx is one plan while it is being changed. It reads its own writes and is used by one goroutine,
// until the function that it was given to returns.
type Tx interface {
	// Recipient is whom the plan is about.
	Recipient() Recipient

	// Item reads an appointment or a bill of this plan; ErrNotFound.
	Item(kind Kind, id int64) (Item, error)
	// Put inserts or replaces an item; its ids are the caller's, and are never given out by Next
	// again. ErrTaken, ErrInvalid.
	Put(item Item) error
	// Delete takes an item out; ErrNotFound.
	Delete(kind Kind, id int64) error
	// Next gives out a primary key that was never used. A transaction that fails may use it up.
	Next(seq Sequence) (int64, error)

	// Collaborators reads the plan's collaborators, in the order of Store.Plan.
	Collaborators() ([]Collaborator, error)
	// PutCollaborator inserts or replaces a collaborator of this plan.
	PutCollaborator(c Collaborator) error

	// Review reads the review state of an item; ErrNotFound where the plan has no such item.
	Review(itemID int64) (Review, error)
	// PutReview inserts or replaces it.
	PutReview(r Review) error

	// Bump makes the version one more, sets its time, and returns it.
	Bump(at time.Time) (int64, error)
}
