package render

import (
	"math"
	"testing"
	"time"

	"github.com/carebase/deltatap/render/theme"
)

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		math.MinInt64:                           "-106751d23h",
		0:                                       "0s",
		840 * time.Microsecond:                  "840µs",
		12 * time.Millisecond:                   "12ms",
		999600 * time.Microsecond:               "1s",
		4200 * time.Millisecond:                 "4.2s",
		9960 * time.Millisecond:                 "10s",
		42 * time.Second:                        "42s",
		59600 * time.Millisecond:                "1m00s",
		4*time.Minute + 12*time.Second:          "4m12s",
		3*time.Minute + 5*time.Second:           "3m05s",
		59*time.Minute + 59700*time.Millisecond: "1h00m",
		3*time.Hour + 5*time.Minute:             "3h05m",
		52 * time.Hour:                          "2d04h",
		-42 * time.Second:                       "-42s",
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for got, want := range map[string]string{
		Count(0):                         "0",
		Count(999):                       "999",
		Count(1204):                      "1,204",
		Count(-1234567):                  "-1,234,567",
		Plural(1, "delta"):               "1 delta",
		Plural(1204, "delta"):            "1,204 deltas",
		Plural(2, "reply", "replies"):    "2 replies",
		Bytes(0):                         "0 B",
		Bytes(999):                       "999 B",
		Bytes(1000):                      "1 kB",
		Bytes(3_140_000):                 "3.1 MB",
		Bytes(12_400_000):                "12 MB",
		Bytes(999_700):                   "1 MB",
		Bytes(10_000_000_000):            "10 GB",
		Rate(0, time.Second):             "0/s",
		Rate(5, 0):                       "0/s",
		Rate(34, 10*time.Second):         "3.4/s",
		Rate(1204, time.Second):          "1,204/s",
		Rate(1, 200*time.Second):         "0.3/min",
		Rate(6, 48*time.Hour):            "0.1/h",
		Percent(0, 10):                   "0%",
		Percent(1, 0):                    "0%",
		Percent(12, 100):                 "12%",
		Percent(4, 1000):                 "0.4%",
		Percent(1, 1_000_000):            "<0.1%",
		Percent(999_999, 1_000_000):      "99%",
		Percent(1_000_000, 1_000_000):    "100%",
		Percent(1, 3):                    "33%",
		money("86.4"):                    "$86.40",
		money("1240"):                    "$1,240.00",
		money("1234567.5"):               "$1,234,567.50",
		money("-5"):                      "-$5.00",
		money("0.005"):                   "$0.005",
		money("1e3"):                     "$1e3",
		money(""):                        "amount unknown",
		money("99999999999999999999.01"): "$99,999,999,999,999,999,999.01",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func money(number string) string { return string(appendMoney(nil, []byte(number))) }

func TestSparkline(t *testing.T) {
	marks := theme.Plain().Marks
	for _, tt := range []struct {
		values []int64
		width  int
		want   string
	}{
		{nil, 10, ""},
		{[]int64{0, 0}, 10, "  "},
		{[]int64{1, 2, 3, 4, 5, 6, 7, 8}, 10, "▁▂▃▄▅▆▇█"},
		{[]int64{1, 1000}, 10, "▁█"},
		{[]int64{0, 9, 0, 0}, 2, "█ "},
		{[]int64{5}, 0, "█"},
	} {
		if got := Sparkline(tt.values, tt.width, marks); got != tt.want {
			t.Errorf("Sparkline(%v, %d) = %q, want %q", tt.values, tt.width, got, tt.want)
		}
	}
	if got, want := Sparkline([]int64{0, 4, 8}, 9, theme.Plain().ASCII().Marks), " =@"; got != want {
		t.Errorf("in ASCII: got %q, want %q", got, want)
	}
}

func TestStamp(t *testing.T) {
	for _, tt := range []struct{ in, date, clock, offset, weekday string }{
		{"2026-11-26T14:00:00+00:00", "26 Nov", "14:00", "+00:00", "Thu"},
		{"2027-01-05T08:15:00.123-03:30", "5 Jan 2027", "08:15", "-03:30", "Tue"},
		{"2026-11-27T00:00:00.000Z", "27 Nov", "00:00", "Z", "Fri"},
		{"2026-11-27", "27 Nov", "00:00", "", "Fri"},
		{"2026-11-27 09:30", "27 Nov", "09:30", "", "Fri"},
		{"0001-01-01T00:00:00Z", "1 Jan 0001", "00:00", "Z", "Mon"},
	} {
		s, ok := parseStamp(tt.in)
		if !ok {
			t.Errorf("parseStamp(%q) failed", tt.in)
			continue
		}
		if got := string(s.appendDate(nil, 2026)); got != tt.date {
			t.Errorf("date of %q is %q, want %q", tt.in, got, tt.date)
		}
		if got := string(s.appendClock(nil)); got != tt.clock {
			t.Errorf("clock of %q is %q, want %q", tt.in, got, tt.clock)
		}
		if s.offset != tt.offset || s.weekday() != tt.weekday {
			t.Errorf("%q: offset %q and weekday %s, want %q and %s", tt.in, s.offset, s.weekday(), tt.offset, tt.weekday)
		}
	}
	for _, in := range []string{"", "tomorrow", "2026-13-01", "2026-11-00", "2026-11-27T", "2026-11-27T9:30", "2026-11-27T09:60:00Z", "20261127T093000"} {
		if s, ok := parseStamp(in); ok {
			t.Errorf("parseStamp(%q) = %+v, want it refused", in, s)
		}
	}
}
