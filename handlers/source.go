package handlers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"agentreport/handlers/sources"
	"agentreport/reports"
)

// vendorWaits is how long a vendor waits for an answer, less what the store takes.
const vendorWaits = 4 * time.Second

// sourced is the answer to a source's webhook.
type sourced struct {
	Accepted   int               `json:"accepted"`
	Duplicates int               `json:"duplicates"`
	Ignored    []sources.Ignored `json:"ignored"`
}

// source takes a webhook of another system. It answers after everything is stored, so that
// the system sends again what is not.
func (s *Server) source(w http.ResponseWriter, r *http.Request) {
	c, known := s.Sources[r.PathValue("name")]
	if !known {
		s.refuse(w, http.StatusNotFound, fmt.Sprintf("there is no source %q: use one of %s", reports.Shorten(r.PathValue("name"), 60), strings.Join(slices.Sorted(maps.Keys(s.Sources)), ", ")))
		return
	}
	if r.Method == http.MethodHead { // Intercom asks whether somebody is there
		return
	}
	if !c.IsSigned() {
		s.needs(reports.ScopeIngest, func(w http.ResponseWriter, r *http.Request, _ reports.Token) {
			if raw, ok := s.whole(w, r); ok {
				s.takePayload(w, r, c, raw)
			}
		}).ServeHTTP(w, r)
		return
	}
	raw, ok := s.whole(w, r)
	if !ok {
		return
	}
	if err := c.Verify(&sources.Request{Method: r.Method, Path: r.URL.RequestURI(), Header: r.Header, Body: raw}); err != nil {
		s.Metrics.source(c.EventSource(), "unsigned", 1)
		s.Log.Warn("a webhook that is not signed", "source", c.EventSource(), "error", err)
		s.refuse(w, http.StatusUnauthorized, err.Error())
		return
	}
	s.takePayload(w, r, c, raw)
}

// whole reads a body to its end, unpacked; false where it was refused.
func (s *Server) whole(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	body, ok := s.unpacked(w, r)
	if !ok {
		return nil, false
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		s.badBody(w, err)
		return nil, false
	}
	return raw, true
}

// export takes a request of OTLP.
func (s *Server) export(signal sources.Signal) handler {
	return func(w http.ResponseWriter, r *http.Request, _ reports.Token) {
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != "application/json" && kind != "application/x-protobuf" {
			s.refuse(w, http.StatusUnsupportedMediaType, "use application/x-protobuf or application/json")
			return
		}
		raw, ok := s.whole(w, r)
		if !ok {
			return
		}
		c := s.Sources["otlp"]
		b, answer, err := c.Export(signal, raw, kind == "application/json")
		if err != nil {
			s.Metrics.source("otlp", "refused", 1)
			s.refuse(w, http.StatusBadRequest, reports.Shorten(err.Error(), 300))
			return
		}
		if len(b.Events) > 0 {
			rec, err := s.Store.Record(r.Context(), b.Events)
			if err != nil {
				s.away(w, err)
				return
			}
			s.Metrics.Took("otlp", b.Events, rec)
		}
		s.Metrics.source("otlp", "ignored", len(b.Ignored))
		w.Header().Set("Content-Type", kind)
		w.Write(answer)
	}
}

// takePayload stores what a payload that is to be trusted tells.
func (s *Server) takePayload(w http.ResponseWriter, r *http.Request, c *sources.Config, raw []byte) {
	b, err := c.Decode(r.Context(), raw)
	if err != nil {
		s.Metrics.source(c.EventSource(), "refused", 1)
		s.Log.Warn("a webhook that is not understood", "source", c.EventSource(), "error", err)
		s.refuse(w, http.StatusUnprocessableEntity, reports.Shorten(err.Error(), 300))
		return
	}
	out := sourced{Ignored: append([]sources.Ignored{}, b.Ignored...)}
	keep := func(events []reports.Event) error {
		if len(events) == 0 {
			return nil
		}
		rec, err := s.Store.Record(r.Context(), events)
		if err != nil {
			return err
		}
		out.Accepted, out.Duplicates = out.Accepted+rec.Accepted, out.Duplicates+rec.Duplicates
		s.Metrics.Took(c.EventSource(), events, rec)
		return nil
	}
	if err := keep(b.Events); err != nil {
		s.away(w, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), vendorWaits)
	defer cancel()
	for _, id := range b.Fetch {
		whole, err := c.Read(ctx, id)
		switch {
		case errors.Is(err, sources.ErrGone):
			out.Ignored = append(out.Ignored, sources.Ignored{What: "conversation " + id, Why: err.Error()})
			continue
		case err != nil: // the system sends its webhook again
			s.Log.Warn("read a conversation", "source", c.EventSource(), "conversation", id, "error", err)
			w.Header().Set("Retry-After", fmt.Sprint(retryAfter))
			s.refuse(w, http.StatusServiceUnavailable, reports.Shorten(err.Error(), 300))
			return
		}
		if err := keep(whole.Events); err != nil {
			s.away(w, err)
			return
		}
		out.Ignored = append(out.Ignored, whole.Ignored...)
	}
	for _, id := range b.Erase {
		if _, err := s.Store.EraseConversation(r.Context(), c.EventSource(), id); err != nil {
			s.away(w, err)
			return
		}
	}
	s.Metrics.source(c.EventSource(), "ignored", len(out.Ignored))
	s.write(w, http.StatusOK, out)
}
