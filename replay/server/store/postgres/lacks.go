package postgres

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/carebase/deltatap/replay/server/payload"
	"github.com/carebase/deltatap/replay/server/store"
)

// Lacks lists the members of a plan that the tables have no place for, sorted, such as
// "appointment.googleSync". A googleSync is among them where an item was synced, or failed to be.
func Lacks(plan store.Plan) []string {
	lacking := map[string]bool{}
	for _, item := range slices.Concat(plan.Appointments, plan.Bills) {
		o, err := payload.Parse(item.Payload)
		if err != nil {
			continue // such an item is refused, not stored
		}
		known := payload.AppointmentFields
		if item.Kind == store.Bill {
			known = payload.BillFields
		}
		for _, name := range o.Names() {
			if name == "googleSync" && unsynced(o.Get(name)) || name != "googleSync" && slices.Contains(known, name) {
				continue
			}
			lacking[fmt.Sprintf("%s.%s", item.Kind, name)] = true
		}
	}
	for _, c := range plan.Collaborators {
		addNames(lacking, "collaborator.", c.Extra)
	}
	addNames(lacking, "plan.", plan.Extra)
	names := make([]string, 0, len(lacking))
	for name := range lacking {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// unsynced says whether a googleSync is what a server shows of an item that was never synced.
func unsynced(googleSync []byte) bool {
	if payload.IsNull(googleSync) {
		return true
	}
	shown := payload.Shown([]byte(`{"googleSync":null}`))
	return bytes.Equal(shown, append(append([]byte(`{"googleSync":`), googleSync...), '}'))
}

func addNames(to map[string]bool, prefix string, object []byte) {
	o, err := payload.Parse(object)
	if err != nil {
		return // there are none
	}
	for _, name := range o.Names() {
		to[prefix+name] = true
	}
}
