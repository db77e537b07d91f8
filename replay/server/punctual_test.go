package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A poll that nobody waits for any more is not answered into the next connection's buffer.
func TestNothingIsWrittenLate(t *testing.T) {
	written, returned := make(chan error, 1), make(chan struct{})
	server := httptest.NewServer(orderly(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Test", "kept")
		if r.URL.Path == "/status" {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = io.WriteString(w, strings.Repeat("in time ", 1000))
		go func() {
			<-returned
			w.WriteHeader(http.StatusInternalServerError)
			_, err := io.WriteString(w, "late")
			written <- err
		}()
	})))
	defer server.Close()
	for path, want := range map[string]int{"/": http.StatusOK, "/status": http.StatusTeapot} {
		answer, err := server.Client().Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		if err != nil || len(text) != 8000 || answer.StatusCode != want || answer.Header.Get("X-Test") != "kept" {
			t.Errorf("%s: %d, header %v, %d bytes, %v", path, answer.StatusCode, answer.Header, len(text), err)
		}
		answer.Body.Close()
		returned <- struct{}{}
		if err := <-written; err == nil {
			t.Error("something was written when the answer was over")
		}
	}
}

// An answer does not leave before its handler has returned, however long it is: its client would poll again, and the library clean
// that up.
func TestNothingIsWrittenEarly(t *testing.T) {
	got := httptest.NewRecorder()
	handler := orderly(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000000")
		_, _ = io.WriteString(w, strings.Repeat("x", 1_000_000))
		if got.Body.Len() > 0 {
			t.Errorf("%d bytes left at once", got.Body.Len())
		}
	}))
	handler.ServeHTTP(got, httptest.NewRequest(http.MethodGet, "/", nil))
	if got.Code != http.StatusOK || got.Body.Len() != 1_000_000 || got.Header().Get("Content-Length") != "1000000" {
		t.Errorf("%d, %d bytes, header %v", got.Code, got.Body.Len(), got.Header())
	}
}
