package render

import (
	"cmp"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/rawjson"
)

// PlanPage is a plan to show on one page.
type PlanPage struct {
	Text  []byte       // the JSON of /api/plan
	Width int          // columns of the terminal; 0 for none, where nothing is shortened
	Theme *theme.Theme // nil for plain
}

// Plan writes a plan for people: its version and dates, the appointments by date, the bills, and
// who takes part. The error is a
// *plan.Error where the text is no plan.
func Plan(w io.Writer, p PlanPage) error {
	parsed, err := plan.Parse(p.Text)
	if err != nil {
		return err
	}
	th := p.Theme
	if th == nil {
		th = theme.Plain()
	}
	width := p.Width
	if width <= 0 {
		width = unlimited
	}
	v := planWriter{theme: th, width: width, describe: newDescriber(th, 0)}
	v.head(parsed)
	v.items(contract.TypeAppointment, "appointments", parsed.Appointments, "startLocal")
	v.items(contract.TypeBill, "bills", parsed.Bills, "dueDate")
	v.people(parsed.Collaborators)
	_, err = w.Write(v.b)
	return err
}

// planWriter writes the parts of a plan.
type planWriter struct {
	b        []byte
	theme    *theme.Theme
	width    int
	describe describer
	phrase   phrase
}

// head says which plan it is.
func (v *planWriter) head(p *plan.Plan) {
	text := "plan"
	if p.HasVersion {
		text += " v" + strconv.FormatInt(p.Version, 10)
	}
	v.b = v.theme.Emphasis.Append(v.b, text)
	if name := textMember(p.Member("recipient"), "displayName"); name != "" {
		v.b = append(v.b, v.theme.Marks.Apart+Clean(name)...)
	}
	if start, end, ok := p.Range(); ok {
		v.b = append(v.b, v.theme.Marks.Apart+start.Format("2 Jan 2006")+" "+v.theme.Marks.Dash+" "+end.AddDate(0, 0, -1).Format("2 Jan 2006")...)
		v.describe.year = start.Year()
	}
	v.b = append(v.b, '\n')
}

// items writes a list, ordered by one of the items' dates; those without one come last.
func (v *planWriter) items(itemType, title string, list plan.List, by string) {
	v.title(title, list.Len())
	order := make([]int, list.Len())
	keys := make([]string, list.Len())
	for i := range order {
		order[i], keys[i] = i, instantKey(textMember(list.Raw(i), by))
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if (keys[a] == "") != (keys[b] == "") {
			return cmp.Compare(keys[b], keys[a])
		}
		return cmp.Compare(keys[a], keys[b])
	})
	for _, i := range order {
		v.phrase.reset()
		v.describe.item(&v.phrase, itemType, list.Raw(i), nil)
		v.line(contract.Item{Type: itemType, ID: list.ID(i)}.String())
	}
}

// instantKey sorts the instants that texts stand for, whatever their offsets; what is no instant
// stays as it is.
func instantKey(text string) string {
	if at, ok := rawjson.ParseInstant(text); ok {
		return at.UTC().Format(time.RFC3339Nano)
	}
	return text
}

// people writes who takes part.
func (v *planWriter) people(list plan.List) {
	if list.Len() == 0 {
		return
	}
	v.title("collaborators", list.Len())
	for i := range list.Len() {
		raw := list.Raw(i)
		v.phrase.reset()
		v.phrase.add(v.theme.Title, "", textMember(raw, "email"))
		v.phrase.add(v.theme.Muted, " ", textMember(raw, "role")+", "+textMember(raw, "status"))
		v.line("collaborator:" + strconv.FormatInt(list.ID(i), 10))
	}
}

func (v *planWriter) title(title string, n int) {
	v.b = append(v.b, '\n')
	v.b = v.theme.Muted.Append(v.b, title+" "+strconv.Itoa(n))
	v.b = append(v.b, '\n')
}

// line writes an item's name and what the phrase says of it.
func (v *planWriter) line(name string) {
	var l line
	l.start(v.b)
	l.skip(2)
	l.cell(theme.Style{}, name, 15)
	l.skip(2)
	l.say(&v.phrase, v.width-l.col, &v.theme.Marks)
	v.b = l.end()
}

// textMember is a member of an object that is a string, cleaned; "" where there is none.
func textMember(object []byte, name string) string {
	value := plan.Get(object, name)
	if text, err := jsontext.AppendUnquote(nil, value); err == nil && plan.KindOf(value) == plan.String {
		return Clean(string(text))
	}
	return ""
}
