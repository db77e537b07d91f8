// Package storetest holds every store of a stand-in Carebase to the duties that store.Store states.
// A store's own tests call Run.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carebase/deltatap/replay/server/store"
)

// Open makes an empty store hold a seed. It closes the store, or has it closed, when the test ends.
type Open func(t *testing.T, seed store.Seed) store.Store

// Run proves a store.
func Run(t *testing.T, open Open) {
	for name, prove := range map[string]func(t *testing.T, open Open){
		"Users":              users,
		"Access":             access,
		"LastAccepted":       lastAccepted,
		"EmptyPlan":          emptyPlan,
		"PlanRange":          planRange,
		"PlanOrder":          planOrder,
		"Items":              items,
		"SingleItems":        singleItems,
		"PayloadsKeepFields": payloads,
		"Refusals":           refusals,
		"Sequences":          sequences,
		"Rollback":           rollback,
		"Collaborators":      collaborators,
		"Invitations":        invitations,
		"Reviews":            reviews,
		"PendingReviews":     pendingReviews,
		"Versions":           versions,
		"Concurrency":        concurrency,
	} {
		t.Run(name, func(t *testing.T) { prove(t, open) })
	}
}

// The clock of the suite, and a range of a week from its midnight.
var (
	now  = time.Date(2026, 11, 23, 1, 28, 31, 365e6, time.UTC)
	week = store.Range{
		Start: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC),
		End:   time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC),
	}
)

// The users of the suite: two owners, and two who own nothing.
var (
	ann  = store.User{ID: 1, Email: "ann@example.test"}
	bob  = store.User{ID: 2, Email: "bob@example.test"}
	cleo = store.User{ID: 3, Email: "cleo@example.test"}
	dan  = store.User{ID: 4, Email: "dan@example.test"}
)

func seed() store.Seed {
	return store.Seed{
		Users: []store.User{ann, bob, cleo, dan},
		Plans: []store.Plan{store.NewPlan(ann, 1, "Alex", now), store.NewPlan(bob, 2, "Sam", now)},
	}
}

// Appointment is a whole payload of an appointment that starts at a time in the spelling of
// startLocal.
func Appointment(id, itemID int64, start string) store.Item {
	return store.Item{Kind: store.Appointment, ID: id, ItemID: itemID, Payload: fmt.Appendf(nil,
		`{"id":%d,"itemId":%d,"startLocal":%q,"endLocal":%q,"startTimeZone":"UTC","endTimeZone":"UTC","startOffset":"+00:00",`+
			`"endOffset":"+00:00","location":"Oak Street","prepNote":null,"summary":"Check-up","icsToken":"%064d",`+
			`"assignedCollaboratorId":null,"createdAt":"2026-11-23T01:28:33.846Z","googleSync":null}`, id, itemID, start, start, id)}
}

// Bill is a whole payload of a bill; due "" is no date.
func Bill(id, itemID int64, due string) store.Item {
	dueDate := "null"
	if due != "" {
		dueDate = `"` + due + `T00:00:00.000Z"`
	}
	return store.Item{Kind: store.Bill, ID: id, ItemID: itemID, Payload: fmt.Appendf(nil,
		`{"id":%d,"itemId":%d,"statementDate":null,"amount":86.4,"dueDate":%s,"payUrl":"https://pay.example.com/labs",`+
			`"status":"todo","taskKey":"%032d","assignedCollaboratorId":null,"createdAt":"2026-11-23T01:28:35.111Z","googleSync":null}`,
		id, itemID, dueDate, id)}
}

func update(t *testing.T, s store.Store, owner store.User, fn func(tx store.Tx) error) {
	t.Helper()
	if err := s.Update(context.Background(), owner.ID, fn); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, s store.Store, owner store.User, items ...store.Item) {
	t.Helper()
	update(t, s, owner, func(tx store.Tx) error {
		for _, item := range items {
			if err := tx.Put(item); err != nil {
				return err
			}
		}
		return nil
	})
}

func read(t *testing.T, s store.Store, owner store.User) store.Plan {
	t.Helper()
	plan, err := s.Plan(context.Background(), owner.ID, week)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func wantError(t *testing.T, what string, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("%s: error %v, want %v", what, err, target)
	}
}

func ids(items []store.Item) string {
	list := make([]string, len(items))
	for i, item := range items {
		list[i] = fmt.Sprint(item.ID)
	}
	return strings.Join(list, ",")
}

func users(t *testing.T, open Open) {
	s := open(t, seed())
	got, err := s.User(context.Background(), cleo.ID)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "user", got, cleo)
	_, err = s.User(context.Background(), 99)
	wantError(t, "an unknown user", err, store.ErrNotFound)
}

func access(t *testing.T, open Open) {
	s := open(t, seed())
	got, err := s.Access(context.Background(), bob.ID)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "owner", got, store.Access{Recipient: store.Recipient{ID: 2, UserID: 2, DisplayName: "Sam"}, Role: store.Owner})
	_, err = s.Access(context.Background(), cleo.ID)
	wantError(t, "no plan", err, store.ErrNotFound)
	_, err = s.Access(context.Background(), 99)
	wantError(t, "an unknown user", err, store.ErrNotFound)

	invitation := store.Collaborator{
		ID: 10, UserID: cleo.ID, Email: cleo.Email, Role: store.Contributor, Status: store.Pending, InviteToken: "t",
		InvitedBy: ann.ID, InvitedAt: now,
	}
	update(t, s, ann, func(tx store.Tx) error { return tx.PutCollaborator(invitation) })
	_, err = s.Access(context.Background(), cleo.ID)
	wantError(t, "invited only", err, store.ErrNotFound)
	invitation.Status, invitation.AcceptedAt = store.Accepted, now
	update(t, s, ann, func(tx store.Tx) error { return tx.PutCollaborator(invitation) })
	got, err = s.Access(context.Background(), cleo.ID)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "contributor", got, store.Access{Recipient: store.Recipient{ID: 1, UserID: 1, DisplayName: "Alex"}, Role: store.Contributor})
	// Who owns a plan reads that one, whatever they contribute to.
	update(t, s, bob, func(tx store.Tx) error {
		invitation.ID, invitation.UserID, invitation.InviteToken = 11, ann.ID, "u"
		return tx.PutCollaborator(invitation)
	})
	got, err = s.Access(context.Background(), ann.ID)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "owner and contributor", got.Role, store.Owner)
}

func lastAccepted(t *testing.T, open Open) {
	s := open(t, seed())
	for i, owner := range []store.User{ann, bob} {
		update(t, s, owner, func(tx store.Tx) error {
			return tx.PutCollaborator(store.Collaborator{
				ID: int64(10 + i), UserID: dan.ID, Email: dan.Email, Role: store.Contributor, Status: store.Accepted,
				InviteToken: fmt.Sprint(i), InvitedBy: owner.ID, InvitedAt: now, AcceptedAt: now.Add(time.Duration(i) * time.Hour),
			})
		})
	}
	got, err := s.Access(context.Background(), dan.ID)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "the recipient last accepted", got.Recipient.UserID, bob.ID)
}

func emptyPlan(t *testing.T, open Open) {
	s := open(t, seed())
	got := read(t, s, ann)
	want(t, "recipient", got.Recipient, store.Recipient{ID: 1, UserID: 1, DisplayName: "Alex"})
	want(t, "version", got.Version, store.Version{UpdatedAt: now})
	want(t, "items", len(got.Appointments)+len(got.Bills), 0)
	want(t, "collaborators", got.Collaborators, seed().Plans[0].Collaborators)
	_, err := s.Plan(context.Background(), cleo.ID, week)
	wantError(t, "no plan", err, store.ErrNotFound)
	_, err = s.Version(context.Background(), cleo.ID)
	wantError(t, "the version of no plan", err, store.ErrNotFound)
	err = s.Update(context.Background(), cleo.ID, func(store.Tx) error { return nil })
	wantError(t, "an update of no plan", err, store.ErrNotFound)
}

func planRange(t *testing.T, open Open) {
	s := open(t, seed())
	paid := Bill(1, 11, "2019-01-01") // is in the plan, too
	paid.Payload = []byte(strings.Replace(string(paid.Payload), `"todo"`, `"paid"`, 1))
	put(t, s, ann,
		Appointment(1, 1, "2026-11-22T23:59:59+00:00"),
		Appointment(2, 2, "2026-11-23T00:00:00+00:00"),
		Appointment(3, 3, "2026-11-29T23:59:59+00:00"),
		Appointment(4, 4, "2026-11-30T00:00:00+00:00"),
		Appointment(5, 5, "2026-11-22T24:15:00+00:00"), // a quarter past midnight, of the 22nd
		Appointment(6, 6, "2026-11-23T24:15:00+00:00"),
		Appointment(7, 7, "2026-11-30T24:00:00+00:00"),
		paid, Bill(2, 12, "2026-11-23"), Bill(3, 13, "2026-11-29"), Bill(4, 14, "2026-11-30"), Bill(5, 15, ""))
	put(t, s, bob, Bill(6, 16, "2026-11-24"))
	got := read(t, s, ann)
	want(t, "appointments", ids(got.Appointments), "2,6,3")
	want(t, "bills", ids(got.Bills), "1,2,3,5")
	want(t, "another's bills", ids(read(t, s, bob).Bills), "6")
}

func planOrder(t *testing.T, open Open) {
	s := open(t, seed())
	put(t, s, ann,
		Appointment(1, 1, "2026-11-25T10:00:00+00:00"), Appointment(3, 3, "2026-11-24T10:00:00+00:00"),
		Appointment(2, 2, "2026-11-24T10:00:00+00:00"),
		Bill(1, 11, ""), Bill(2, 12, "2026-11-25"), Bill(4, 14, "2026-11-24"), Bill(3, 13, "2026-11-24"))
	got := read(t, s, ann)
	want(t, "appointments", ids(got.Appointments), "2,3,1")
	want(t, "bills", ids(got.Bills), "3,4,2,1")
}

func items(t *testing.T, open Open) {
	s := open(t, seed())
	put(t, s, ann, Bill(1, 11, "2026-11-24"), Appointment(1, 12, "2026-11-24T10:00:00+00:00"))
	update(t, s, ann, func(tx store.Tx) error {
		want(t, "recipient", tx.Recipient(), store.Recipient{ID: 1, UserID: 1, DisplayName: "Alex"})
		got, err := tx.Item(store.Bill, 1)
		if err != nil {
			return err
		}
		want(t, "bill", got, Bill(1, 11, "2026-11-24"))
		if err := tx.Put(Bill(1, 11, "2026-11-25")); err != nil {
			return err
		}
		if got, err = tx.Item(store.Bill, 1); err != nil {
			return err
		}
		want(t, "bill in its own transaction", got, Bill(1, 11, "2026-11-25"))
		if err := tx.Delete(store.Appointment, 1); err != nil {
			return err
		}
		_, err = tx.Item(store.Appointment, 1)
		wantError(t, "what was deleted", err, store.ErrNotFound)
		wantError(t, "deleting it again", tx.Delete(store.Appointment, 1), store.ErrNotFound)
		return nil
	})
	got := read(t, s, ann)
	want(t, "bills", got.Bills, []store.Item{Bill(1, 11, "2026-11-25")})
	want(t, "appointments", ids(got.Appointments), "")
	update(t, s, bob, func(tx store.Tx) error {
		_, err := tx.Item(store.Bill, 1)
		wantError(t, "another's bill", err, store.ErrNotFound)
		wantError(t, "deleting another's bill", tx.Delete(store.Bill, 1), store.ErrNotFound)
		return nil
	})
}

// singleItems are read whatever their dates, by the plan's owner alone.
func singleItems(t *testing.T, open Open) {
	s := open(t, seed())
	put(t, s, ann, Bill(1, 11, "2030-01-01"), Appointment(1, 12, "2030-01-01T10:00:00+00:00"), Bill(2, 13, ""))
	update(t, s, ann, func(tx store.Tx) error { return tx.Delete(store.Bill, 2) })
	for _, item := range []store.Item{Bill(1, 11, "2030-01-01"), Appointment(1, 12, "2030-01-01T10:00:00+00:00")} {
		got, err := s.Item(context.Background(), ann.ID, item.Kind, item.ID)
		if err != nil {
			t.Fatal(err)
		}
		want(t, string(item.Kind), got, item)
		_, err = s.Item(context.Background(), bob.ID, item.Kind, item.ID)
		wantError(t, "another's "+string(item.Kind), err, store.ErrNotFound)
		_, err = s.Item(context.Background(), cleo.ID, item.Kind, item.ID)
		wantError(t, "an item of no plan", err, store.ErrNotFound)
	}
	for _, id := range []int64{0, 2, 99} {
		_, err := s.Item(context.Background(), ann.ID, store.Bill, id)
		wantError(t, fmt.Sprint("bill ", id), err, store.ErrNotFound)
	}
}

// pendingReviews are listed by id, those of one plan, until somebody decides.
func pendingReviews(t *testing.T, open Open) {
	s := open(t, seed())
	list := func(owner store.User) string {
		t.Helper()
		pending, err := s.Reviews(context.Background(), owner.ID)
		if err != nil {
			t.Fatal(err)
		}
		var text []string
		for _, r := range pending {
			text = append(text, fmt.Sprint(r.ItemID, " ", r.Status))
		}
		return strings.Join(text, ",")
	}
	want(t, "at first", list(ann), "")
	put(t, s, ann, Bill(1, 11, ""))
	for _, id := range []int64{30, 20, 40} {
		update(t, s, ann, func(tx store.Tx) error {
			return tx.PutReview(store.Review{ItemID: id, Status: store.ReviewPending})
		})
	}
	update(t, s, ann, func(tx store.Tx) error { return tx.PutReview(store.Review{ItemID: 40, Status: store.ReviewNoise}) })
	want(t, "then", list(ann), "20 pending_review,30 pending_review")
	want(t, "another's", list(bob), "")
	_, err := s.Reviews(context.Background(), cleo.ID)
	wantError(t, "no plan", err, store.ErrNotFound)
}

// payloads are kept with every field of a Carebase server, in its order and spelling.
func payloads(t *testing.T, open Open) {
	s := open(t, seed())
	appointment, bill := Appointment(7, 70, "2026-11-24T10:00:00+00:00"), Bill(8, 80, "2026-11-24")
	replace := strings.NewReplacer(
		`"location":"Oak Street"`, `"location":null`, `"prepNote":null`, `"prepNote":"naïve <b> & \"quoted\" 😀"`,
		`"startTimeZone":"UTC"`, `"startTimeZone":"America/New_York"`, `"startOffset":"+00:00"`, `"startOffset":"-05:00"`,
		`"startLocal":"2026-11-24T10:00:00+00:00"`, `"startLocal":"2026-11-24T05:00:00-05:00"`,
		`"statementDate":null`, `"statementDate":"2026-11-01T00:00:00.000Z"`, `"amount":86.4`, `"amount":null`,
		`"payUrl":"https://pay.example.com/labs"`, `"payUrl":null`, `"todo"`, `"overdue"`)
	appointment.Payload = []byte(replace.Replace(string(appointment.Payload)))
	bill.Payload = []byte(replace.Replace(string(bill.Payload)))
	put(t, s, ann, appointment, bill)
	got := read(t, s, ann)
	want(t, "appointment", string(got.Appointments[0].Payload), string(appointment.Payload))
	want(t, "bill", string(got.Bills[0].Payload), string(bill.Payload))
}

func refusals(t *testing.T, open Open) {
	s := open(t, seed())
	put(t, s, ann, Bill(1, 11, ""))
	odd := Bill(2, 12, "")
	odd.Payload = []byte(strings.Replace(string(odd.Payload), `"dueDate":null`, `"dueDate":"soon"`, 1))
	for _, tc := range []struct {
		what  string
		owner store.User
		item  store.Item
		err   error
	}{
		{"another's primary key", bob, Bill(1, 12, ""), store.ErrTaken},
		{"another bill's item", ann, Bill(2, 11, ""), store.ErrTaken},
		{"no date", ann, odd, store.ErrInvalid},
		{"no start", ann, Appointment(2, 12, "soon"), store.ErrInvalid},
		{"no id", ann, Bill(0, 12, ""), store.ErrInvalid},
		{"no item", ann, Bill(2, 0, ""), store.ErrInvalid},
	} {
		err := s.Update(context.Background(), tc.owner.ID, func(tx store.Tx) error { return tx.Put(tc.item) })
		wantError(t, tc.what, err, tc.err)
	}
	want(t, "bills", ids(read(t, s, ann).Bills), "1")
	// What was deleted is free again.
	update(t, s, ann, func(tx store.Tx) error {
		if err := tx.Delete(store.Bill, 1); err != nil {
			return err
		}
		return tx.Put(Bill(2, 11, ""))
	})
	want(t, "bills", ids(read(t, s, ann).Bills), "2")
}

func sequences(t *testing.T, open Open) {
	s := open(t, seed())
	put(t, s, ann, Bill(41, 400, ""))
	seen := map[string]bool{}
	update(t, s, ann, func(tx store.Tx) error { // the very next ones are taken by who brings them along
		var next [3]int64
		for i, seq := range []store.Sequence{store.AppointmentIDs, store.BillIDs, store.ItemIDs} {
			id, err := tx.Next(seq)
			if err != nil {
				return err
			}
			next[i] = id + 1
			seen[fmt.Sprint(seq, id)], seen[fmt.Sprint(seq, id+1)] = true, true
		}
		seen[fmt.Sprint(store.ItemIDs, next[2]+1)] = true
		if err := tx.Put(Appointment(next[0], next[2], "2026-11-23T10:00:00+00:00")); err != nil {
			return err
		}
		return tx.Put(Bill(next[1], next[2]+1, ""))
	})
	for _, owner := range []store.User{ann, bob} {
		update(t, s, owner, func(tx store.Tx) error {
			for _, seq := range []store.Sequence{store.AppointmentIDs, store.BillIDs, store.ItemIDs, store.CollaboratorIDs} {
				for range 2 {
					id, err := tx.Next(seq)
					if err != nil {
						return err
					}
					if key := fmt.Sprint(seq, id); id <= 0 || seen[key] {
						t.Errorf("%s was given out before, or is not positive", key)
					} else {
						seen[key] = true
					}
				}
			}
			return nil
		})
	}
	for _, key := range []string{"bills41", "items400", "care_collaborators1", "care_collaborators2"} {
		if seen[key] {
			t.Errorf("%s was given out, and is in use", key)
		}
	}
}

func rollback(t *testing.T, open Open) {
	s := open(t, seed())
	put(t, s, ann, Bill(1, 11, ""))
	before := read(t, s, ann)
	failure := errors.New("on purpose")
	err := s.Update(context.Background(), ann.ID, func(tx store.Tx) error {
		for _, err := range []error{
			tx.Put(Bill(1, 11, "2026-11-24")),
			tx.Put(Bill(2, 12, "")),
			tx.Delete(store.Bill, 1),
			tx.PutCollaborator(store.Collaborator{ID: 9, Email: "x", Role: store.Contributor, Status: store.Pending, InviteToken: "t", InvitedBy: 1, InvitedAt: now}),
			tx.PutReview(store.Review{ItemID: 30, Status: store.ReviewPending}),
		} {
			if err != nil {
				t.Error(err)
			}
		}
		if _, err := tx.Bump(now); err != nil {
			t.Error(err)
		}
		return failure
	})
	wantError(t, "update", err, failure)
	want(t, "plan", read(t, s, ann), before)
	_, _, err = s.Invitation(context.Background(), "t")
	wantError(t, "invitation", err, store.ErrNotFound)
	update(t, s, ann, func(tx store.Tx) error {
		_, err := tx.Review(30)
		wantError(t, "review", err, store.ErrNotFound)
		return nil
	})
	put(t, s, bob, Bill(2, 12, "")) // neither id was taken
}

func collaborators(t *testing.T, open Open) {
	s := open(t, seed())
	invited := func(id int64, role store.Role, after time.Duration) store.Collaborator {
		return store.Collaborator{
			ID: id, RecipientID: 1, Email: fmt.Sprintf("%d@example.test", id), Role: role, Status: store.Pending,
			InviteToken: fmt.Sprint(id), InvitedBy: ann.ID, InvitedAt: now.Add(after),
		}
	}
	late, early, chief := invited(10, store.Contributor, time.Hour), invited(11, store.Contributor, time.Minute), invited(12, store.Owner, time.Hour)
	update(t, s, ann, func(tx store.Tx) error {
		for _, c := range []store.Collaborator{late, early, chief} {
			if err := tx.PutCollaborator(c); err != nil {
				return err
			}
		}
		return nil
	})
	order := []store.Collaborator{seed().Plans[0].Collaborators[0], chief, early, late}
	want(t, "collaborators", read(t, s, ann).Collaborators, order)
	early.Status, early.UserID, early.AcceptedAt = store.Accepted, dan.ID, now.Add(2*time.Hour)
	update(t, s, ann, func(tx store.Tx) error {
		got, err := tx.Collaborators()
		if err != nil {
			return err
		}
		want(t, "collaborators in a transaction", got, order)
		return tx.PutCollaborator(early)
	})
	order[2] = early
	want(t, "collaborators after one accepted", read(t, s, ann).Collaborators, order)
}

func invitations(t *testing.T, open Open) {
	s := open(t, seed())
	c := store.Collaborator{
		ID: 10, RecipientID: 2, Email: cleo.Email, Role: store.Contributor, Status: store.Pending, InviteToken: "secret",
		InvitedBy: bob.ID, InvitedAt: now,
	}
	update(t, s, bob, func(tx store.Tx) error { return tx.PutCollaborator(c) })
	got, owner, err := s.Invitation(context.Background(), "secret")
	if err != nil {
		t.Fatal(err)
	}
	want(t, "collaborator", got, c)
	want(t, "owner", owner, bob.ID)
	for _, token := range []string{"", "wrong"} {
		_, _, err = s.Invitation(context.Background(), token)
		wantError(t, "token "+token, err, store.ErrNotFound)
	}
}

func reviews(t *testing.T, open Open) {
	s := open(t, seed())
	put(t, s, ann, Bill(1, 11, ""))
	update(t, s, ann, func(tx store.Tx) error {
		got, err := tx.Review(11)
		if err != nil {
			return err
		}
		want(t, "the review of an item that was put", got.Status, store.ReviewAuto)
		return tx.PutReview(store.Review{ItemID: 12, Status: store.ReviewPending})
	})
	update(t, s, ann, func(tx store.Tx) error {
		got, err := tx.Review(12)
		if err != nil {
			return err
		}
		want(t, "review", got.Status, store.ReviewPending)
		got.Status = store.ReviewNoise
		if err := tx.PutReview(got); err != nil {
			return err
		}
		if got, err = tx.Review(12); err != nil {
			return err
		}
		want(t, "review in its own transaction", got.Status, store.ReviewNoise)
		id, err := tx.Next(store.ItemIDs)
		if err != nil {
			return err
		}
		if id <= 12 {
			t.Errorf("item %d was given out, and is in use", id)
		}
		return nil
	})
	update(t, s, bob, func(tx store.Tx) error {
		for _, itemID := range []int64{11, 12, 99} {
			_, err := tx.Review(itemID)
			wantError(t, fmt.Sprint("the review of item ", itemID), err, store.ErrNotFound)
		}
		return nil
	})
}

func versions(t *testing.T, open Open) {
	s := open(t, seed())
	later := now.Add(time.Hour)
	update(t, s, ann, func(tx store.Tx) error {
		for _, number := range []int64{1, 2} {
			got, err := tx.Bump(later)
			if err != nil {
				return err
			}
			want(t, "version", got, number)
		}
		return nil
	})
	got, err := s.Version(context.Background(), ann.ID)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "version", got, store.Version{Number: 2, UpdatedAt: later})
	want(t, "version of the plan", read(t, s, ann).Version, got)
	want(t, "version of another's plan", read(t, s, bob).Version, store.Version{UpdatedAt: now})
}

// concurrency: updates of one plan run one after another, and readers see none of them half done.
func concurrency(t *testing.T, open Open) {
	const writers, each = 4, 25
	s := open(t, seed())
	put(t, s, ann, Bill(1, 11, ""), Bill(2, 12, ""))
	var work sync.WaitGroup
	for range writers {
		work.Go(func() {
			for range each {
				err := s.Update(context.Background(), ann.ID, func(tx store.Tx) error {
					version, err := tx.Bump(now)
					if err != nil {
						return err
					}
					due := now.AddDate(0, 0, -int(version)).Format(time.DateOnly)
					return errors.Join(tx.Put(Bill(1, 11, due)), tx.Put(Bill(2, 12, due)))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
		work.Go(func() {
			for range each {
				plan, err := s.Plan(context.Background(), ann.ID, week)
				if err != nil {
					t.Error(err)
					continue
				}
				one, two := string(plan.Bills[0].Payload), string(plan.Bills[1].Payload)
				if due := `"dueDate":`; cut(one, due) != cut(two, due) {
					t.Errorf("half an update:\n%s\n%s", one, two)
				}
			}
		})
	}
	work.Wait()
	got, err := s.Version(context.Background(), ann.ID)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "version", got.Number, int64(writers*each))
}

// cut is what follows a name in a payload, up to the next comma.
func cut(payload, name string) string {
	_, rest, _ := strings.Cut(payload, name)
	value, _, _ := strings.Cut(rest, ",")
	return value
}
