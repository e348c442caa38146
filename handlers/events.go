package handlers

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"agentreport/handlers/ingest"
	"agentreport/reports"
)

// received is the answer to a batch of events.
type received struct {
	Accepted   int        `json:"accepted"`
	Duplicates int        `json:"duplicates"`
	Differing  int        `json:"differing,omitzero"` // of the duplicates
	Rejected   []rejected `json:"rejected"`
}

// rejected is an event that was refused, and why.
type rejected struct {
	Index int    `json:"index"`
	ID    string `json:"id"`
	Field string `json:"field"`
	Error string `json:"error"`
}

// errTooLarge ends the reading of a body that is over the limit.
var errTooLarge = fmt.Errorf("the body is over %d MB", MaxBody>>20)

// events stores what was sent and answers after that.
func (s *Server) events(w http.ResponseWriter, r *http.Request, t reports.Token) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Header.Get("Content-Type") != "" && err != nil {
		s.refuse(w, http.StatusUnsupportedMediaType, "the content type cannot be read: use application/json or application/x-ndjson")
		return
	}
	body, ok := s.unpacked(w, r)
	if !ok {
		return
	}
	in := &ingest.Intake{Source: t.Source, Now: time.Now()}
	var items ingest.Reader
	switch kind {
	case "application/x-ndjson", "application/ndjson", "application/jsonl":
		if items, err = in.JSON(body); err != nil {
			s.badBody(w, err)
			return
		}
	case "", "application/json", "text/json", "application/x-www-form-urlencoded": // the last is what curl sends unasked
		items = in.Values(body)
	default:
		s.refuse(w, http.StatusUnsupportedMediaType, fmt.Sprintf("the content type %q is unknown: use application/json or application/x-ndjson", kind))
		return
	}

	out := received{Rejected: []rejected{}}
	var batch []reports.Event
	for {
		item, err := items.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			s.badBody(w, err)
			return
		}
		if item.Index >= MaxEvents {
			s.refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("more than %d events in one request: send them in parts", MaxEvents))
			return
		}
		if item.Err != nil {
			rej := rejected{Index: item.Index, ID: reports.Shorten(item.Event.ID, reports.MaxID), Error: item.Err.Error()}
			var field *reports.FieldError
			if errors.As(item.Err, &field) {
				rej.Field, rej.Error = field.Field, field.Problem
			}
			out.Rejected = append(out.Rejected, rej)
			continue
		}
		batch = append(batch, item.Event)
	}
	if len(batch) > 0 {
		rec, err := s.Store.Record(r.Context(), batch)
		if err != nil {
			s.away(w, err)
			return
		}
		out.Accepted, out.Duplicates, out.Differing = rec.Accepted, rec.Duplicates, rec.Differing
	}
	s.Metrics.received(out.Accepted, out.Duplicates, len(out.Rejected))
	status := http.StatusOK
	if len(out.Rejected) > 0 {
		status = http.StatusUnprocessableEntity
	}
	s.write(w, status, out)
}

// unpacked is the body of a request, at most MaxBody of it; false where it was refused.
func (s *Server) unpacked(w http.ResponseWriter, r *http.Request) (io.Reader, bool) {
	body := io.Reader(http.MaxBytesReader(w, r.Body, MaxBody))
	switch enc := r.Header.Get("Content-Encoding"); enc {
	case "", "identity":
	case "gzip":
		z, err := gzip.NewReader(body)
		if err != nil {
			s.badBody(w, fmt.Errorf("the body is not gzip: %w", err))
			return nil, false
		}
		body = z
	default:
		s.refuse(w, http.StatusUnsupportedMediaType, fmt.Sprintf("the content encoding %q is unknown: use gzip or none", enc))
		return nil, false
	}
	return &capped{r: body, left: MaxBody}, true
}

// badBody answers a body that could not be read to its end. Nothing of it was
// stored.
func (s *Server) badBody(w http.ResponseWriter, err error) {
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over), errors.Is(err, errTooLarge):
		s.refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("%v: send the events in parts", errTooLarge))
	default:
		s.refuse(w, http.StatusBadRequest, reports.Shorten(err.Error(), 300))
	}
}

// capped ends a body that unpacks to too much.
type capped struct {
	r    io.Reader
	left int
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		var one [1]byte
		if n, err := io.ReadFull(c.r, one[:]); n == 0 {
			return 0, err
		}
		return 0, errTooLarge
	}
	n, err := c.r.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}
