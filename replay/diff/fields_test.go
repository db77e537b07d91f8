package diff

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// show writes fields one a line: path, cached and server, "-" for what is absent.
func show(fields []Field) string {
	var lines []string
	for _, f := range fields {
		line := fmt.Sprintf("%s: %s | %s", f.Path, orDash(f.Cached), orDash(f.Server))
		if f.SameInstant {
			line += " same instant"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func orDash(raw []byte) string {
	if raw == nil {
		return "-"
	}
	return string(raw)
}

func TestFields(t *testing.T) {
	deep := strings.Repeat("[", 600)
	for _, c := range []struct{ name, cached, server, want string }{
		{"alike", `{"a":1}`, `{"a":1}`, ""},
		{"status", `{"id":2,"status":"todo"}`, `{"id":2,"status":"paid"}`, `status: "todo" | "paid"`},
		{"numbers as numbers", `{"a":1240,"b":86.4,"c":-0}`, `{"a":1.24e3,"b":86.40,"c":0}`, ""},
		{"huge integers", `{"a":9007199254740993}`, `{"a":9007199254740992}`, `a: 9007199254740993 | 9007199254740992`},
		{"number and string", `{"a":1}`, `{"a":"1"}`, `a: 1 | "1"`},
		{"null and absent", `{"a":null}`, `{}`, `a: null | -`},
		{"absent and null", `{}`, `{"a":null}`, `a: - | null`},
		{"null and value", `{"a":null}`, `{"a":0}`, `a: null | 0`},
		{"escapes", `{"a":"\u00e9\/"}`, `{"\u0061":"é/"}`, ""},
		{"order and space", `{"b":2,"a":{"d":1,"c":2}}`, ` { "a" : {"c":2, "d":1} , "b":2 } `, ""},
		{"nested", `{"googleSync":{"etag":"a","x":1}}`, `{"googleSync":{"etag":"b","x":1}}`, `googleSync.etag: "a" | "b"`},
		{"nested, one side null", `{"googleSync":null}`, `{"googleSync":{"etag":"b"}}`, `googleSync: null | {"etag":"b"}`},
		{"nested, one side absent", `{}`, `{"googleSync":{"etag":"b"}}`, `googleSync: - | {"etag":"b"}`},
		{"deeper", `{"a":{"b":{"c":1,"d":2},"e":3}}`, `{"a":{"b":{"c":1,"d":3},"f":3}}`, "a.b.d: 2 | 3\na.f: - | 3\na.e: 3 | -"},
		{"lists differ whole", `{"a":[1,2]}`, `{"a":[1,3]}`, `a: [1,2] | [1,3]`},
		{"lists alike", `{"a":[1,{"b":2.0}]}`, `{"a":[1, {"b":2}]}`, ""},
		{"instants", `{"a":"2026-11-27T10:00:00.000Z"}`, `{"a":"2026-11-27T10:00:00+00:00"}`, `a: "2026-11-27T10:00:00.000Z" | "2026-11-27T10:00:00+00:00" same instant`},
		{"instants with offsets", `{"a":"2026-11-27T12:00:00+02:00"}`, `{"a":"2026-11-27T10:00:00Z"}`, `a: "2026-11-27T12:00:00+02:00" | "2026-11-27T10:00:00Z" same instant`},
		{"other instants", `{"a":"2026-11-27T10:00:00+01:00"}`, `{"a":"2026-11-27T10:00:00+00:00"}`, `a: "2026-11-27T10:00:00+01:00" | "2026-11-27T10:00:00+00:00"`},
		{"a date is no instant", `{"a":"2026-11-27"}`, `{"a":"2026-11-27T00:00:00Z"}`, `a: "2026-11-27" | "2026-11-27T00:00:00Z"`},
		{"last of a name", `{"a":1,"a":2}`, `{"a":2}`, ""},
		{"odd names", `{"a.b":{"":1,"c\"[":2}}`, `{"a.b":{"":2,"c\"[":3}}`, `["a.b"][""]: 1 | 2` + "\n" + `["a.b"]["c\"["]: 2 | 3`},
		{"odd name after a plain one", `{"a":{"b c":1}}`, `{"a":{"b c":2}}`, `a["b c"]: 1 | 2`},
		{"no objects", `[1]`, `[2]`, `: [1] | [2]`},
		{"object and none", `{}`, `null`, `: {} | null`},
		{"space around", ` 1`, `1.0 `, ""},
		{"no JSON", `{"a":1`, `{"a":1}`, `: {"a":1 | {"a":1}`},
		{"no JSON, alike", `nonsense`, `nonsense`, ""},
		{"too deep", `{"a":` + deep + `}`, `{}`, `: {"a":` + deep + `} | {}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, show(Fields([]byte(c.cached), []byte(c.server)))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestFieldsOfWhatIsNotThere(t *testing.T) {
	for _, c := range []struct {
		cached, server []byte
		want           string
	}{
		{nil, nil, ""},
		{nil, []byte(`{"a":1}`), `: - | {"a":1}`},
		{[]byte(`{"a":1}`), nil, `: {"a":1} | -`},
	} {
		if got := show(Fields(c.cached, c.server)); got != c.want {
			t.Errorf("Fields(%s, %s) = %q, want %q", c.cached, c.server, got, c.want)
		}
	}
}
