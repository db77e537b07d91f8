package store

// Seed is what a store starts with.
type Seed struct {
	Users []User
	// Plans holds at most one plan per owner. Items and collaborators keep their ids and their order does not matter.
	Plans []Plan
}
