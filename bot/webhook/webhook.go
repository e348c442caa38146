// Package webhook tells another system, such as the customer agent, of every
// change of a short answer.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"agentreport/reports"
)

// The types of messages.
const (
	Published = "answer.published" // it is new, or says something else now
	Withdrawn = "answer.withdrawn" // it was hidden or deleted
)

// The headers of a message. A signature is "v1=" and the hex HMAC-SHA256 of
// "v1:", the timestamp, ":" and the body.
const (
	HeaderTimestamp = "X-Agent-Report-Timestamp" // seconds since 1970
	HeaderSignature = "X-Agent-Report-Signature"
)

// Hook is one receiver.
type Hook struct {
	url, secret string
	http        *http.Client
	now         func() time.Time
}

// timeout is how long a receiver may take.
const timeout = 10 * time.Second

// New returns a hook. The secret is required: without a signature anybody could
// write answers.
func New(address, secret string) (*Hook, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("%q is not an address such as https://agent.example.com/answers", address)
	case len(secret) < 16:
		return nil, errors.New("a secret of at least 16 characters is required to sign what is sent")
	}
	client := &http.Client{
		Timeout: timeout,
		// A signed message goes to the receiver that was set, and to no other.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &Hook{address, secret, client, time.Now}, nil
}

type message struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	// Version rises with every change of the answer: a message with a lower one
	// than that of the last is late and says nothing any more.
	Version int     `json:"version"`
	Answer  *answer `json:"answer,omitempty"`
}

type answer struct {
	Question  string    `json:"question"`
	Answer    string    `json:"answer"`
	Language  string    `json:"language,omitzero"`
	CreatedAt time.Time `json:"created_at"`
	ChangedAt time.Time `json:"changed_at,omitzero"`
}

// Tell tells the receiver what an answer says now, and returns nil once it has
// taken it: any 2xx. The same may be told more than once.
func (h *Hook) Tell(ctx context.Context, a reports.Answer) error {
	m := message{Type: Withdrawn, ID: a.ID, Version: a.Version()}
	if !a.Unpublished && !a.Deleted {
		m.Type = Published
		m.Answer = &answer{a.Question, a.Text, a.Language, a.CreatedAt, a.ChangedAt}
	}
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	at := strconv.FormatInt(h.now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(HeaderTimestamp, at)
	req.Header.Set(HeaderSignature, Sign(h.secret, at, body))
	res, err := h.http.Do(req)
	if err != nil {
		return fmt.Errorf("answer %s: %w", a.ID, err)
	}
	defer res.Body.Close()
	io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16))
	if res.StatusCode/100 != 2 {
		return &RefusedError{a.ID, res.Status}
	}
	return nil
}

// RefusedError is a receiver's answer that is not a 2xx.
type RefusedError struct{ ID, Status string }

func (e *RefusedError) Error() string {
	return fmt.Sprintf("answer %s: the receiver answered %s", e.ID, e.Status)
}

// Sign is the signature of a message.
func Sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v1:" + timestamp + ":"))
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}
