package render

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/carebase/deltatap/render/theme"
)

func TestPhraseGivesWay(t *testing.T) {
	marks := theme.Plain().Marks
	for _, tt := range []struct {
		room int
		want string
	}{
		{100, `"Cardiology follow-up" Thu 26 Nov 14:00–15:00 · Riverside Clinic, room 4`},
		{64, `"Cardiology follow-up" Thu 26 Nov 14:00–15:00 · Riverside Clini…`},
		{61, `"Cardiology follow-up" Thu 26 Nov 14:00–15:00`},
		{50, `"Cardiology follow-up" Thu 26 Nov 14:00–15:00`},
		{40, `"Cardiology follow-up" Thu 26 Nov 14:00`},
		{38, `"Cardiology follow-up" 26 Nov 14:00`},
		{30, `"Cardiology fol…" 26 Nov 14:00`},
		{23, `"Cardiol…" 26 Nov 14:00`},
		{15, `"Cardiol…" 26…`},
		{4, `"C…"`},
		{2, ``},
		{0, ``},
	} {
		var p phrase
		var none theme.Style
		p.add(none, "", "Cardiology follow-up").quote().gives(0, 10)
		p.add(none, " ", "Thu").gives(rankWeekday, 0)
		p.add(none, " ", "26 Nov 14:00")
		p.add(none, "–", "15:00").gives(rankEnd, 0)
		p.add(none, " · ", "Riverside Clinic, room 4").gives(rankLocation, 14)
		got, n := p.append(nil, tt.room, &marks)
		if string(got) != tt.want || n != Width(tt.want) {
			t.Errorf("in %d columns: got %q (%d), want %q", tt.room, got, n, tt.want)
		}
	}
}

func TestPhraseNeverOverflows(t *testing.T) {
	marks := theme.Plain().Marks
	rapid.Check(t, func(t *rapid.T) {
		var p phrase
		for range rapid.IntRange(0, 6).Draw(t, "pieces") {
			c := p.add(theme.Style{}, rapid.SampledFrom([]string{"", " ", ", ", " · "}).Draw(t, "lead"), hostileText().Draw(t, "text"))
			if rapid.Bool().Draw(t, "quoted") {
				c.quote()
			}
			c.gives(uint8(rapid.IntRange(0, 4).Draw(t, "rank")), rapid.IntRange(0, 20).Draw(t, "least"))
		}
		room := rapid.IntRange(0, 60).Draw(t, "room")
		got, n := p.append(nil, room, &marks)
		if width := Width(string(got)); width > room || width != n {
			t.Errorf("in %d columns: %q is %d wide and said to be %d", room, got, width, n)
		}
	})
}

// hostileText draws what a server could send: plain words, other scripts, emoji, and everything that a terminal would
// act on.
func hostileText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`[a-zA-Z0-9 ,."-]{0,40}`),
		rapid.String(),
		rapid.StringOf(rapid.SampledFrom([]rune("ab 山田생👍🏽🇯🇵é\u0301\u200d\u202e\u2066\ufe0f\x1b[]m;0J\x07\n\r\t\u009b\u0000\ufeff"))),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
	)
}
