// Package handlers is all that comes in: events, erasures, health and metrics
// over HTTP, and what people do in Slack, over HTTP or Socket Mode.
package handlers

import (
	"context"
	"crypto/subtle"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"agentreport/handlers/sources"
	"agentreport/reports"
)

// Limits of a request to the ingest API.
const (
	MaxBody   = 10 << 20 // bytes, also once unpacked
	MaxEvents = 10_000
)

// Store is what the handlers need of the store.
type Store interface {
	Record(ctx context.Context, batch []reports.Event) (reports.Recorded, error)
	// UseToken wraps reports.ErrNotFound where there is no such token.
	UseToken(ctx context.Context, secret string) (reports.Token, error)
	EraseVisitor(ctx context.Context, source, visitor string) (reports.Erased, error)
	EraseConversation(ctx context.Context, source, id string) (reports.Erased, error)
	Answers(ctx context.Context) ([]reports.Answer, error)
	// Ready reports why nothing can be stored.
	Ready(ctx context.Context) error
	// Failing are the digests that could not be posted last.
	Failing(ctx context.Context) ([]reports.Delivery, error)
}

// Server answers HTTP requests. Its fields are set before the first of them.
type Server struct {
	Store       Store
	IngestToken string // a fixed token for sending events; empty for none
	Log         *slog.Logger
	Metrics     *Metrics
	// Sources are the other systems that may send, by their names.
	Sources map[string]*sources.Config
	// Dispatch and SigningSecret are for what Slack sends over HTTP; without
	// them nothing of Slack's is answered.
	Dispatch      *Dispatch
	SigningSecret string
}

//go:embed openapi.yaml
var openAPI []byte

// Routes is every path that the server answers.
func (s *Server) Routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /v1/events", s.needs(reports.ScopeIngest, s.events))
	mux.HandleFunc("POST /v1/sources/{name}", s.source)
	mux.HandleFunc("HEAD /v1/sources/{name}", s.source)
	if s.Sources["otlp"] != nil {
		mux.Handle("POST /v1/traces", s.needs(reports.ScopeIngest, s.export(sources.Traces)))
		mux.Handle("POST /v1/logs", s.needs(reports.ScopeIngest, s.export(sources.Logs)))
	}
	mux.Handle("GET /v1/answers", s.needs(reports.ScopeAnswers, s.answers))
	mux.Handle("DELETE /v1/visitors/{id}", s.needs(reports.ScopeAdmin, s.eraseVisitor))
	mux.Handle("DELETE /v1/conversations/{id}", s.needs(reports.ScopeAdmin, s.eraseConversation))
	mux.HandleFunc("GET /v1/openapi.yaml", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/yaml")
		w.Write(openAPI)
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.Metrics.registry, promhttp.HandlerOpts{}))
	if s.Dispatch != nil && s.SigningSecret != "" {
		mux.HandleFunc("POST /slack/commands", s.asForm(s.slackCommand))
		mux.HandleFunc("POST /slack/interactions", s.asForm(s.slackInteraction))
		mux.HandleFunc("POST /slack/options", s.asForm(s.slackOptions))
		mux.HandleFunc("POST /slack/events", s.fromSlack(s.slackEvents))
	}
	return s.Metrics.count(mux)
}

// ready reports whether the store takes events: it answers, and counts by the
// rules of this server. A digest that could not be posted stands in the detail: what is
// ready for events is ready, and whoever looks sees both.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.Store.Ready(ctx); err != nil {
		s.Log.Warn("not ready", "error", err)
		http.Error(w, excuse(err), http.StatusServiceUnavailable)
		return
	}
	w.Write([]byte("ready\n"))
	failing, err := s.Store.Failing(ctx)
	if err != nil {
		fmt.Fprintln(w, "the last digests are not known: the store is away")
	}
	for _, d := range failing {
		fmt.Fprintf(w, "the digest %s was not posted: %s %s\n", d.ID, d.State, strings.TrimSpace(d.Refusal+" "+d.Detail))
	}
}

type handler func(w http.ResponseWriter, r *http.Request, t reports.Token)

// needs lets only those through whose token has a scope.
func (s *Server) needs(scope reports.Scope, next handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok || token == "" {
			s.refuse(w, http.StatusUnauthorized, "send a token: Authorization: Bearer …; 'agent-report tokens create' makes one")
			return
		}
		if s.IngestToken != "" && subtle.ConstantTimeCompare([]byte(token), []byte(s.IngestToken)) == 1 {
			s.allow(w, r, reports.Token{Name: "environment", Scopes: []reports.Scope{reports.ScopeIngest}}, scope, next)
			return
		}
		t, err := s.Store.UseToken(r.Context(), token)
		switch {
		case errors.Is(err, reports.ErrNotFound):
			s.refuse(w, http.StatusUnauthorized, "the token is unknown or was revoked")
		case err != nil:
			s.away(w, err)
		default:
			s.allow(w, r, t, scope, next)
		}
	})
}

func (s *Server) allow(w http.ResponseWriter, r *http.Request, t reports.Token, scope reports.Scope, next handler) {
	if !t.May(scope) {
		s.refuse(w, http.StatusForbidden, "the token "+t.Name+" lacks the scope "+string(scope))
		return
	}
	next(w, r, t)
}

// problem is the body of an answer that is an error.
type problem struct {
	Error string `json:"error"`
}

func (s *Server) refuse(w http.ResponseWriter, status int, sentence string) {
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="agent-report"`)
	}
	s.write(w, status, problem{sentence})
}

// retryAfter is how long a sender waits when the store is away, in seconds.
const retryAfter = 10

// away answers that the store did not take it: the same request may succeed
// later, and nothing that it stored already counts twice.
func (s *Server) away(w http.ResponseWriter, err error) {
	s.Log.Error("store", "error", err)
	w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	s.refuse(w, http.StatusServiceUnavailable, excuse(err)+"; send the same again later")
}

// excuse is why the store did not take something. What it says of a database may
// hold an address or worse and stays in the log; its own rules may be named.
func excuse(err error) string {
	if errors.Is(err, reports.ErrOtherRules) {
		return err.Error()
	}
	return "the store is away"
}

func (s *Server) write(w http.ResponseWriter, status int, body any) {
	b, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		s.Log.Error("answer", "error", err)
		status, b = http.StatusInternalServerError, []byte(`{"error":"internal error"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(b, '\n'))
}

func (s *Server) eraseVisitor(w http.ResponseWriter, r *http.Request, _ reports.Token) {
	s.erase(w, r, s.Store.EraseVisitor)
}

func (s *Server) eraseConversation(w http.ResponseWriter, r *http.Request, _ reports.Token) {
	s.erase(w, r, s.Store.EraseConversation)
}

func (s *Server) erase(w http.ResponseWriter, r *http.Request, erase func(ctx context.Context, source, id string) (reports.Erased, error)) {
	gone, err := erase(r.Context(), r.URL.Query().Get("source"), r.PathValue("id"))
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			s.away(w, err)
		}
		return
	}
	s.write(w, http.StatusOK, gone)
}
