package commands

import (
	"fmt"
	"slices"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
)

// warnOfItems says which items of a plan are there more than once, or have a text for their id. No
// server's plan has either.
func warnOfItems(app *App, name string, p *plan.Plan) {
	const most = 5
	var told []string
	for _, of := range []struct {
		kind string
		list *plan.List
	}{
		{contract.TypeAppointment, &p.Appointments}, {contract.TypeBill, &p.Bills}, {diff.TypeCollaborator, &p.Collaborators},
	} {
		told = append(told, oddItems(of.kind, of.list)...)
	}
	for _, line := range told[:min(len(told), most)] {
		app.warn(name + ": " + line)
	}
	if rest := len(told) - most; rest > 0 {
		app.warn(fmt.Sprintf("%s: and %s more like these", name, render.Plural(rest, "item")))
	}
}

func oddItems(kind string, list *plan.List) (told []string) {
	times := make(map[int64]int, list.Len())
	for i := range list.Len() {
		if list.HasID(i) {
			times[list.ID(i)]++
			continue
		}
		if id, ok := plan.TextID(list.Raw(i)); ok {
			told = append(told, fmt.Sprintf("%s %d has a text for its id (%q): a delta's id is a number, and the app finds no text by it", kind, id, fmt.Sprint(id)))
		}
	}
	var twice []int64
	for id, n := range times {
		if n > 1 {
			twice = append(twice, id)
		}
	}
	slices.Sort(twice)
	for _, id := range twice {
		told = append(told, fmt.Sprintf("%s %d is in it %s", kind, id, often(times[id])))
	}
	return told
}

// often words a number of times.
func often(n int) string {
	if n == 2 {
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}
