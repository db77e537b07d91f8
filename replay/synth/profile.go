package synth

import "time"

// ProfileInfo tells what a profile is, and what it is where nobody says otherwise.
type ProfileInfo struct {
	Name     Profile
	Says     string
	Items    int
	Deltas   int64
	Duration time.Duration
	Users    int
}

// Profiles lists the profiles.
func Profiles() []ProfileInfo {
	var all []ProfileInfo
	for _, name := range profileOrder {
		p := profiles[name]
		all = append(all, ProfileInfo{name, p.says, p.items, p.deltas, p.duration, p.users})
	}
	return all
}

var profileOrder = []Profile{Day, Burst, GoogleSync, InboundRush, Collaborators, Bulk, LongOffline, Adversarial}

func profileNames() []string {
	var names []string
	for _, name := range profileOrder {
		names = append(names, string(name))
	}
	return names
}

// profile is how a kind of day goes.
type profile struct {
	says     string
	items    int
	deltas   int64
	duration time.Duration
	users    int

	poll   time.Duration // between two version polls
	pace   []stretch
	single int // percent of ticks with one change
	crowd  int // the most changes in others
	again  int // percent of further changes in a tick that are of an item in it
	grows  int // how many times its items the plan may hold
	linked int // percent of items that Google Calendar holds too
	mix    []chance
}

// chance is how often a kind of change is made, in relation to the others.
type chance struct {
	kind change
	of   int
}

// steady is a session without highs and lows.
var steady = []stretch{{work: 1, time: 1}}

var profiles = map[Profile]*profile{
	Day: {
		says:  "a family's day: e-mail, visits moved, bills paid, a helper invited",
		items: 24, deltas: 400, duration: 10 * time.Hour, users: 2, poll: 5 * time.Minute,
		pace: []stretch{
			{work: 3, time: 1},
			{work: 8, time: 2},
			{work: 2, time: 3},
			{work: 6, time: 1},
			{work: 3, time: 4},
			{work: 9, time: 2},
			{work: 1, time: 2},
		},
		single: 92, crowd: 4, again: 40, grows: 1, linked: 30,
		mix: []chance{
			{findVisit, 8},
			{findBill, 8},
			{addVisit, 4},
			{note, 14},
			{move, 10},
			{moveAway, 2},
			{relocate, 6},
			{assign, 5},
			{pay, 10},
			{amend, 6},
			{overdue, 3},
			{remove, 9},
			{helpVisit, 6},
			{helpBill, 4},
			{pull, 5},
			{section, 2},
			{review, 2},
			{bulk, 1},
		},
	},
	Burst: {
		says:  "quiet, then many changes at once: large ticks, much coalesced",
		items: 200, deltas: 10_000, duration: time.Minute, users: 2, poll: 5 * time.Second,
		pace: []stretch{
			{work: 1, time: 20},
			{work: 30, time: 5},
			{work: 1, time: 25},
			{work: 60, time: 8},
			{work: 1, time: 20},
			{work: 40, time: 5},
			{work: 1, time: 17},
		},
		single: 35, crowd: 24, again: 45, grows: 1, linked: 20,
		mix: []chance{
			{findVisit, 4},
			{findBill, 4},
			{note, 25},
			{move, 15},
			{relocate, 10},
			{pay, 12},
			{amend, 12},
			{remove, 8},
			{helpVisit, 4},
			{moveAway, 1},
		},
	},
	GoogleSync: {
		says:  "calendar pulls of many items, and changes between them",
		items: 60, deltas: 1500, duration: 30 * time.Minute, users: 1, poll: time.Minute,
		pace:   steady,
		single: 70, crowd: 16, again: 10, grows: 1, linked: 85,
		mix: []chance{
			{pull, 55},
			{pullNew, 8},
			{pullGone, 7},
			{note, 8},
			{move, 10},
			{moveAway, 1},
			{relocate, 5},
			{pay, 3},
			{findBill, 2},
			{remove, 1},
		},
	},
	InboundRush: {
		says:  "a mailbox is read: item after item is found in it, and reviewed",
		items: 10, deltas: 800, duration: 20 * time.Minute, users: 1, poll: time.Minute,
		pace: []stretch{
			{work: 8, time: 2},
			{work: 1, time: 3},
			{work: 6, time: 2},
			{work: 2, time: 3},
		},
		single: 75, crowd: 6, again: 35, grows: 12, linked: 10,
		mix: []chance{
			{findVisit, 30},
			{findBill, 30},
			{review, 3},
			{amend, 10},
			{move, 8},
			{relocate, 6},
			{note, 4},
			{remove, 9},
		},
	},
	Collaborators: {
		says:  "several people on one plan, some of them invited on the way",
		items: 30, deltas: 300, duration: time.Hour, users: 4, poll: 2 * time.Minute,
		pace:   steady,
		single: 85, crowd: 5, again: 30, grows: 1, linked: 15,
		mix: []chance{
			{section, 10},
			{helpVisit, 30},
			{helpBill, 22},
			{assign, 12},
			{note, 6},
			{move, 6},
			{pay, 4},
			{findVisit, 3},
			{findBill, 3},
			{remove, 4},
		},
	},
	Bulk: {
		says:  "jobs that change much and tell no more than that",
		items: 120, deltas: 200, duration: 30 * time.Minute, users: 1, poll: time.Minute,
		pace:   steady,
		single: 80, crowd: 6, again: 20, grows: 1, linked: 20,
		mix: []chance{
			{bulk, 15},
			{note, 20},
			{move, 15},
			{moveAway, 2},
			{pay, 15},
			{amend, 10},
			{findVisit, 6},
			{findBill, 6},
			{remove, 10},
		},
	},
	LongOffline: {
		says:  "a phone that loses its connection for long stretches",
		items: 40, deltas: 400, duration: 6 * time.Hour, users: 2, poll: 5 * time.Minute,
		pace: []stretch{
			{work: 4, time: 4},
			{work: 2, time: 6, away: true},
			{work: 3, time: 2},
			{work: 1, time: 1, away: true},
			{work: 5, time: 3},
			{work: 4, time: 12, away: true},
			{work: 3, time: 3},
		},
		single: 90, crowd: 4, again: 30, grows: 1, linked: 25,
		mix: []chance{
			{findVisit, 8},
			{findBill, 8},
			{note, 20},
			{move, 14},
			{moveAway, 2},
			{relocate, 8},
			{pay, 12},
			{amend, 8},
			{remove, 12},
			{helpVisit, 6},
			{section, 1},
		},
	},
	Adversarial: {
		says:  "departures from the contract, each announced by a mark",
		items: 30, deltas: 600, duration: 10 * time.Minute, users: 2, poll: 30 * time.Second,
		pace:   steady,
		single: 80, crowd: 5, again: 30, grows: 1, linked: 30,
		mix: []chance{
			{findVisit, 8},
			{findBill, 8},
			{note, 14},
			{move, 12},
			{pay, 12},
			{amend, 10},
			{remove, 14},
			{helpVisit, 6},
			{section, 4},
			{bulk, 2},
			{pull, 8},
		},
	},
}
