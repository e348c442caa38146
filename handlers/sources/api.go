package sources

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"agentreport/reports"
)

// ErrGone is what an error wraps where the API does not know a conversation any more.
var ErrGone = errors.New("it is not there any more")

// refusedError is an answer that says that the question was wrong.
type refusedError struct {
	code int
	says string
}

func (e *refusedError) Error() string { return fmt.Sprintf("it answers %d: %s", e.code, e.says) }

// How long an API is waited for.
const (
	apiTimeout = 30 * time.Second
	apiTries   = 6
	apiWait    = 2 * time.Second // after the first refusal, then twice as long each time
	maxAPIWait = 5 * time.Minute
	maxAnswer  = 50 << 20
)

// call asks the system's API and reads the JSON that it answers. It waits where the API is
// busy or away, as long as the API says.
func (c *Config) call(ctx context.Context, method, base, path string, header http.Header, body, into any) error {
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return err
		}
	}
	if c.URL != "" {
		base = c.URL
	}
	client := c.HTTP
	if client == nil {
		client = &http.Client{Timeout: apiTimeout}
	}
	wait := apiWait
	for try := 1; ; try++ {
		again, after, err := c.once(ctx, client, method, strings.TrimSuffix(base, "/")+path, header, payload, into)
		if err == nil || !again || try == apiTries {
			return err
		}
		if after == 0 {
			after, wait = wait, 2*wait
		}
		after = min(after, maxAPIWait)
		if end, ok := ctx.Deadline(); ok && time.Until(end) < after {
			return err // who waits for us would not wait that long
		}
		timer := time.NewTimer(after)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// once asks once. Again says that the same may succeed later, after a time where the API
// names one.
func (c *Config) once(ctx context.Context, client *http.Client, method, address string, header http.Header, payload []byte, into any) (again bool, after time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(payload))
	if err != nil {
		return false, 0, err
	}
	r.Header = header.Clone()
	r.Header.Set("Authorization", "Bearer "+c.Token)
	r.Header.Set("Accept", "application/json")
	if payload != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := client.Do(r)
	if err != nil {
		return ctx.Err() == nil, 0, fmt.Errorf("%s cannot be reached: %w", c.Title, err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return ctx.Err() == nil, 0, fmt.Errorf("%s: %w", c.Title, err)
	}
	switch code := answer.StatusCode; {
	case code == http.StatusUnauthorized:
		return false, 0, fmt.Errorf("%s refuses the token: is %s right, and was the app installed?", c.Title, c.Variable("TOKEN"))
	case code == http.StatusForbidden:
		return false, 0, fmt.Errorf("%s refuses the token: it lacks a scope (docs/sources/%s.md)", c.Title, c.Source.Name)
	case code == http.StatusNotFound, code == http.StatusGone:
		return false, 0, fmt.Errorf("%s %s: %w", c.Title, r.URL.Path, ErrGone)
	case code == http.StatusTooManyRequests, code >= 500:
		return true, c.retryAfter(answer.Header), fmt.Errorf("%s is busy or away (%s)", c.Title, answer.Status)
	case code >= 300:
		return false, 0, fmt.Errorf("%s: %w", c.Title, &refusedError{code, reports.Shorten(reports.Clean(string(raw)), 300)})
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return false, 0, fmt.Errorf("%s answers what is not understood: %w", c.Title, err)
	}
	return false, 0, nil
}

// retryAfter is how long an API asks to be left alone: 0 where it does not say.
func (c *Config) retryAfter(h http.Header) time.Duration {
	if n, err := strconv.Atoi(h.Get("Retry-After")); err == nil && n >= 0 {
		return max(time.Second, time.Duration(n)*time.Second)
	}
	if at, err := http.ParseTime(h.Get("Retry-After")); err == nil {
		return max(time.Second, at.Sub(c.now()))
	}
	if n, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil { // Intercom's, in seconds since 1970
		return max(time.Second, time.Unix(n, 0).Sub(c.now()))
	}
	return 0
}
