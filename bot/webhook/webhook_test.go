package webhook

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"agentreport/reports"
)

const secret = "a secret of some length"

func TestTell(t *testing.T) {
	var got []string
	status := http.StatusNoContent
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if want := Sign(secret, r.Header.Get(HeaderTimestamp), body); r.Header.Get(HeaderSignature) != want || r.Method != http.MethodPost {
			t.Errorf("%s with the signature %q; want %q", r.Method, r.Header.Get(HeaderSignature), want)
		}
		got = append(got, string(body))
		if status == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
	}))
	defer server.Close()
	h, err := New(server.URL, secret)
	if err != nil {
		t.Fatal(err)
	}
	a := reports.Answer{ID: "A1", Question: "q", Text: "t", CreatedAt: time.Date(2025, 9, 22, 9, 0, 0, 0, time.UTC)}
	hidden, deleted := a, a
	hidden.Unpublished, deleted.Deleted = true, true
	for _, x := range []reports.Answer{a, hidden, deleted} {
		if err := h.Tell(t.Context(), x); err != nil {
			t.Error(err)
		}
	}
	want := `{"type":"answer.published","id":"A1","version":1,"answer":{"question":"q","answer":"t","created_at":"2025-09-22T09:00:00Z"}}` +
		`|{"type":"answer.withdrawn","id":"A1","version":1}|{"type":"answer.withdrawn","id":"A1","version":1}`
	if strings.Join(got, "|") != want {
		t.Errorf("the receiver got %s; want %s", got, want)
	}
	for _, status = range []int{http.StatusInternalServerError, http.StatusNotFound, http.StatusFound} {
		if err := h.Tell(t.Context(), a); err == nil || !strings.Contains(err.Error(), http.StatusText(status)) {
			t.Errorf("a receiver that answers %d: %v; want an error that says so", status, err)
		}
	}
	if len(got) != 6 {
		t.Errorf("%d messages; want 6: none follows a redirection", len(got))
	}
	server.Close()
	if h.Tell(t.Context(), a) == nil {
		t.Error("a receiver that is away took it")
	}
}

func TestNew(t *testing.T) {
	for _, tt := range []struct{ address, secret, want string }{
		{"agent.example", secret, "is not an address"}, {"ftp://h", secret, "is not an address"}, {"https://h", "", "secret"}, {"https://h", "short", "secret"},
	} {
		if _, err := New(tt.address, tt.secret); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("New(%q, %q) = %v; want %q", tt.address, tt.secret, err, tt.want)
		}
	}
}
