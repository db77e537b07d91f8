//go:build unix

package witness_test

import (
	"errors"
	"testing"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/witness"
	"github.com/carebase/deltatap/replay/witness/pgtest"
)

func testified(t *testing.T, url string, user int64) *witness.Testimony {
	t.Helper()
	testimony, err := witness.Ask(t.Context(), url, user, today)
	if err != nil {
		t.Fatal(err)
	}
	return testimony
}

// A row that was written after its plan's version is told apart, and so is a hidden item.
func TestAges(t *testing.T) {
	bill1, bill2 := contract.Item{Type: "bill", ID: 1}, contract.Item{Type: "bill", ID: 2}
	appointment := contract.Item{Type: "appointment", ID: 3}
	url := pgtest.Carebase(t)
	pgtest.Exec(t, url, day, `update bills set amount = 3 where id = 1`, `update users set plan_version = 14 where id = 1`)
	if newer := testified(t, url, 1).Newer; newer[bill1] || len(newer) == 0 {
		t.Errorf("after a change and its version: %v", newer)
	}
	pgtest.Exec(t, url, `update bills set amount = 4 where id = 2`, `update items set review_status = 'noise' where id = 3`)
	newer := testified(t, url, 1).Newer
	if is, known := newer[bill1]; is || !known || !newer[bill2] || !newer[appointment] {
		t.Errorf("after changes without a version: %v", newer)
	}
	if _, known := newer[contract.Item{Type: "bill", ID: 99}]; known {
		t.Error("the age of a row that is not there is known")
	}
	pgtest.Exec(t, url, `update users set plan_version = 15 where id = 1`)
	if newer := testified(t, url, 1).Newer; newer[bill2] || newer[appointment] {
		t.Errorf("after the next version: %v", newer)
	}
}

// Where all rows are younger than their user's, as in a database that was restored, and where tables are views, nobody knows.
func TestAgesThatTellNothing(t *testing.T) {
	url := pgtest.Carebase(t)
	pgtest.Exec(t, url, `insert into users (id, email, forwarding_address, plan_secret, plan_version) values (1, 'a@x', 'a@in.x', 's', 4)`,
		`insert into recipients (id, user_id, display_name) values (1, 1, 'Alex')`, `insert into items (id, recipient_id) values (1, 1)`,
		`insert into bills (id, item_id, status) values (1, 1, 'paid')`)
	if testimony := testified(t, url, 1); testimony.Newer != nil {
		t.Errorf("of a restored database: %v", testimony.Newer)
	}
	url = pgtest.Carebase(t)
	pgtest.Exec(t, url, day, `alter table bills rename to b`, `create view bills as select * from b`)
	if testimony := testified(t, url, 1); testimony.Newer != nil || testimony.Version != 13 {
		t.Errorf("of a view at v%d: %v", testimony.Version, testimony.Newer)
	}
}

// It is told who owns the plan.
func TestOwner(t *testing.T) {
	url := pgtest.Carebase(t)
	pgtest.Exec(t, url, day, `update care_collaborators set user_id = 3, status = 'accepted' where id = 2`)
	for user, owns := range map[int64]bool{1: true, 3: false} {
		if got := testified(t, url, user).Owner; got != owns {
			t.Errorf("user %d owns the plan: %t", user, got)
		}
	}
}

// A user without a recipient has no plan, and neither has one who is not there.
func TestUserWithoutRecipient(t *testing.T) {
	url := pgtest.Carebase(t)
	pgtest.Exec(t, url, day, `delete from care_collaborators`)
	for _, user := range []int64{3, 4, 77} {
		if _, err := witness.Ask(t.Context(), url, user, today); !errors.Is(err, witness.ErrNoPlan) {
			t.Errorf("user %d: %v", user, err)
		}
	}
}
