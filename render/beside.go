package render

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/compare"
)

// presenceSays words what the other recording was doing when a delta came.
var presenceSays = map[compare.Presence]string{
	compare.Connected: "was connected", compare.Offline: "was offline", compare.Before: "had not begun", compare.After: "had ended",
}

// Beside writes for people what two recordings of one user have of each other's deltas.
func Beside(w io.Writer, b *compare.Beside, page DiffPage, zone *time.Location) error {
	v := diffWriter{page: newPage(page.Theme, page.Width, 4), verbose: page.Verbose}
	style, head, says := v.theme.Good, "alike", "both have the same "+Plural(b.Same, "delta")
	if !b.Alike() {
		style, head = v.theme.Error, "apart"
		says = strings.Join([]string{
			Plural(len(b.OnlyA), "delta") + " in A alone", Plural(len(b.OnlyB), "delta") + " in B alone", Plural(len(b.Altered), "delta") + " altered",
		}, ", ")
	}
	var l line
	l.start(v.b)
	v.flow(&l, []part{{text: head, style: style}, {text: says, lead: "  "}})
	v.b = l.end()
	v.recording("A  ", b.A, zone)
	v.recording("B  ", b.B, zone)
	v.lone("A", "B", b.OnlyA, zone)
	v.lone("B", "A", b.OnlyB, zone)
	if len(b.Altered) > 0 {
		v.blank()
	}
	for i, a := range b.Altered {
		if v.enough(i, len(b.Altered), page.Verbose) {
			break
		}
		v.text(v.theme.Muted, "records "+strconv.FormatInt(a.A, 10)+" and "+strconv.FormatInt(a.B, 10)+"  ", versionOf(a.Version)+a.Item+": other content")
	}
	return v.writeTo(w)
}

func (v *diffWriter) recording(label string, r *compare.Recording, zone *time.Location) {
	says := r.Source + ", " + Plural(r.Deltas, "delta")
	if !r.From.IsZero() {
		says += ", " + r.From.In(zone).Format(time.DateTime) + " to " + r.To.In(zone).Format(time.DateTime)
	}
	v.text(v.theme.Muted, label, says)
}

// lone lists what one recording has alone.
func (v *diffWriter) lone(has, other string, list []compare.Lone, zone *time.Location) {
	if len(list) > 0 {
		v.blank()
	}
	for i, d := range list {
		if v.enough(i, len(list), v.verbose) {
			return
		}
		v.text(v.theme.Muted, has+", record "+strconv.FormatInt(d.Record, 10)+"  ",
			d.At.In(zone).Format(time.TimeOnly)+" "+versionOf(d.Version)+d.Item+" "+d.Action+": "+other+" "+presenceSays[d.Other])
	}
}

// mostBeside is how many deltas are listed, unless all are asked for.
const mostBeside = 50

// enough tells how many more there are than are listed.
func (v *diffWriter) enough(i, all int, verbose bool) bool {
	if verbose || i < mostBeside {
		return false
	}
	v.text(v.theme.Muted, "", "and "+strconv.Itoa(all-i)+" more; -v and -o json tell each")
	return true
}

func versionOf(version int64) string {
	if version == 0 {
		return ""
	}
	return "v" + strconv.FormatInt(version, 10) + " "
}
