package render

import (
	"io"
	"strings"
	"time"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/doctor"
)

// DoctorReport writes what an examination found: a line for each check, its next step below it, and
// what it all comes to. Width is the terminal's, at which lines break; 0 for none.
func DoctorReport(w io.Writer, r *doctor.Report, th *theme.Theme, width int) error {
	p := doctorPage{theme: th, width: width}
	p.text.WriteString(th.Emphasis.Render(Clean(r.Server)))
	if r.Context != "" {
		p.text.WriteString("  " + th.Muted.Render("context "+Clean(r.Context)))
	}
	p.text.WriteString("\n")
	for i := range r.Checks {
		p.line(&r.Checks[i])
	}
	p.skipped(r.Skipped)
	p.verdict(r)
	_, err := io.WriteString(w, p.text.String())
	return err
}

type doctorPage struct {
	theme *theme.Theme
	width int
	text  strings.Builder
}

// The columns of a line.
const (
	doctorStatus = 6  // "  warn  "
	doctorCheck  = 11 // "websocket  "
	doctorIndent = 2 + doctorStatus + doctorCheck
)

func (p *doctorPage) line(l *doctor.Line) {
	p.text.WriteString("  " + p.status(l.Status).Render(Pad(string(l.Status), doctorStatus)) + Pad(l.Check, doctorCheck))
	p.flow(Clean(l.Says), theme.Style{})
	if l.Next != "" {
		p.text.WriteString(strings.Repeat(" ", doctorIndent))
		p.flow(p.theme.Marks.Arrow+" "+Clean(l.Next), p.theme.Muted)
	}
}

func (p *doctorPage) status(s doctor.Status) theme.Style {
	switch s {
	case doctor.OK:
		return p.theme.Good
	case doctor.Warn:
		return p.theme.Warn
	}
	return p.theme.Error
}

// mostDoctorLines is how many lines of a terminal one text may take.
const mostDoctorLines = 8

// flow writes text from where the columns of a line end.
func (p *doctorPage) flow(text string, style theme.Style) {
	lines := []string{text}
	if room := p.width - doctorIndent; p.width > 0 {
		lines = wrap(text, max(room, 20), mostDoctorLines, p.theme.Marks.Ellipsis)
	}
	for i, line := range lines {
		if i > 0 {
			p.text.WriteString(strings.Repeat(" ", doctorIndent))
		}
		p.text.WriteString(style.Render(line) + "\n")
	}
}

func (p *doctorPage) skipped(skipped []doctor.Skipped) {
	if len(skipped) == 0 {
		return
	}
	var causes []string
	names := map[string][]string{}
	for _, s := range skipped {
		if names[s.Because] == nil {
			causes = append(causes, s.Because)
		}
		names[s.Because] = append(names[s.Because], s.Check)
	}
	for i, cause := range causes {
		causes[i] = strings.Join(names[cause], ", ") + ", for what came of " + cause
	}
	p.text.WriteString("  " + p.theme.Muted.Render(Pad("-", doctorStatus)))
	p.text.WriteString(Pad("not asked", doctorCheck))
	p.flow(Clean(strings.Join(causes, "; ")), p.theme.Muted)
}

func (p *doctorPage) verdict(r *doctor.Report) {
	style := p.theme.Error
	switch r.Verdict {
	case doctor.Healthy:
		style = p.theme.Good
	case doctor.Warned:
		style = p.theme.Warn
	}
	took := Duration(time.Duration(r.Took * float64(time.Second)))
	counts := Count(r.Count(doctor.OK)) + " ok"
	if n := r.Count(doctor.Warn); n > 0 {
		counts += ", " + Plural(n, "warning")
	}
	if n := r.Count(doctor.Fail); n > 0 {
		counts += ", " + Count(n) + " failed"
	}
	p.text.WriteString(style.Render(string(r.Verdict)) + ": " + counts + ", in " + took + "\n")
}
