package convert

import (
	"encoding/base64"
	"math"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// harEntry is what is looked at of a HAR file's entry. What is not named here, headers and cookies above all, is never
// decoded.
type harEntry struct {
	Started time.Time `json:"startedDateTime"`
	Took    *float64  `json:"time"` // milliseconds
	Request struct {
		Method   string `json:"method"`
		URL      string `json:"url"`
		PostData *struct {
			Text string `json:"text"`
		} `json:"postData"`
	} `json:"request"`
	Response struct {
		Status  int    `json:"status"`
		Error   string `json:"_error"`
		Content struct {
			Text     *string `json:"text"`
			Encoding string  `json:"encoding"`
		} `json:"content"`
	} `json:"response"`
	Messages []harMessage `json:"_webSocketMessages"`

	url *url.URL
}

// harMessage is a WebSocket message.
type harMessage struct {
	Type   string  `json:"type"` // send, receive, error
	Time   float64 `json:"time"` // seconds since 1970
	Opcode int     `json:"opcode"`
	Data   string  `json:"data"`
}

func parseEntry(value jsontext.Value) (*harEntry, error) {
	var e harEntry
	if err := json.Unmarshal(value, &e, json.JoinOptions(lenient...)); err != nil {
		return nil, err
	}
	var err error
	e.url, err = url.Parse(e.Request.URL)
	return &e, err
}

// ended is when the answer was there, or the connection was over.
func (e *harEntry) ended() time.Time { return e.Started.Add(max(e.took(), 0)) }

// took is how long it took; negative where the browser does not say.
func (e *harEntry) took() time.Duration {
	const day = 24 * 60 * 60 * 1000.0
	if e.Took == nil || !(*e.Took >= 0 && *e.Took < day) {
		return -1
	}
	return time.Duration(*e.Took * float64(time.Millisecond))
}

// body is the answer's body; false where the browser did not keep it.
func (e *harEntry) body() ([]byte, bool) {
	c := e.Response.Content
	if c.Text == nil {
		return nil, false
	}
	if c.Encoding == "base64" {
		b, err := base64.StdEncoding.DecodeString(*c.Text)
		return b, err == nil
	}
	return []byte(*c.Text), true
}

// failure says why there was no answer.
func (e *harEntry) failure() string {
	if e.Response.Error != "" {
		return e.Response.Error
	}
	return "no answer"
}

// isEngine says whether the entry is one of Engine.IO's requests.
func (e *harEntry) isEngine() bool { return e.url.Query().Has("EIO") }

// begins says whether the request begins an Engine.IO connection, rather than going on with one.
func (e *harEntry) begins() bool { return !e.url.Query().Has("sid") }

// place is the server and path of an Engine.IO request, whatever its transport.
func (e *harEntry) place() string { return e.origin() + strings.TrimSuffix(e.url.Path, "/") }

// origin is the server's URL, without anything else that is in the request's.
func (e *harEntry) origin() string {
	scheme := e.url.Scheme
	switch scheme {
	case "ws":
		scheme = "http"
	case "wss":
		scheme = "https"
	}
	return scheme + "://" + e.url.Host
}

// at is when a message came; a time that cannot be is that of the connection.
func (m *harMessage) at(e *harEntry) time.Time {
	const year3000 = 32503680000
	if !(m.Time > 0 && m.Time < year3000) {
		return e.Started
	}
	return time.UnixMicro(int64(math.Round(m.Time * 1e6)))
}
