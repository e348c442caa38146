package fakeslack

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"slices"
	"time"
)

//go:embed page
var pageFiles embed.FS

// Exchange is one request between Slack and the app, in either direction.
type Exchange struct {
	At     time.Time       `json:"at"`
	ToApp  bool            `json:"to_app"`
	What   string          `json:"what"` // a path of the app's or a method of Slack's
	Sent   json.RawMessage `json:"sent"`
	Answer json.RawMessage `json:"answer"`
}

// maxExchanges is how many are kept, the latest.
const maxExchanges = 200

// exchanged keeps a request for who looks. The server is locked.
func (s *Server) exchanged(toApp bool, what string, sent, answer any) {
	raw := func(v any) json.RawMessage {
		if b, ok := v.([]byte); ok {
			if json.Valid(b) {
				return b
			}
			v = string(b)
		}
		b, err := json.Marshal(v)
		if err != nil {
			return json.RawMessage("null")
		}
		return b
	}
	s.exchanges = append(s.exchanges, Exchange{s.now(), toApp, what, raw(sent), raw(answer)})
	s.exchanges = s.exchanges[max(0, len(s.exchanges)-maxExchanges):]
}

// PageOptions are what a page shows beside the workspace.
type PageOptions struct {
	About    string   // what the data are
	Commands []string // that can be typed, for completion
	// MoveClock is called with where the clock is to go; nil where it cannot be moved.
	MoveClock func(context.Context, string) error
	// Webhooks are other systems of which Webhook sends the app a recorded payload. It
	// returns where to, what was sent and the answer.
	Webhooks []string
	Webhook  func(ctx context.Context, system string) (what string, sent, answer []byte, err error)
}

// Page is the workspace as a web page for a browser on the same machine: what a
// person sees in Slack, and can press and type there.
func (s *Server) Page(o PageOptions) http.Handler {
	files, err := fs.Sub(pageFiles, "page")
	if err != nil {
		panic(err) // they are part of the program
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /ui/state", func(w http.ResponseWriter, r *http.Request) {
		state := s.seenBy(r.URL.Query().Get("user"))
		state["about"], state["commands"], state["clock"], state["webhooks"] = o.About, o.Commands, o.MoveClock != nil, o.Webhooks
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(state)
	})
	mux.HandleFunc("GET /ui/changes", s.serveChanges)
	mux.HandleFunc("GET /ui/exchanges", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		list := slices.Clone(s.exchanges)
		s.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(list)
	})
	mux.HandleFunc("GET /ui/file/{id}", func(w http.ResponseWriter, r *http.Request) {
		f := s.File(r.PathValue("id"))
		if f == nil || f.Bytes == nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", http.DetectContentType(f.Bytes))
		w.Header().Set("Content-Disposition", "inline; filename="+fmt.Sprintf("%q", f.Name))
		w.Write(f.Bytes)
	})
	act := func(path string, do func(context.Context, *gesture) (any, error)) {
		mux.HandleFunc("POST /ui/"+path, func(w http.ResponseWriter, r *http.Request) {
			var g gesture
			// A page of another site cannot send this type without being asked about it.
			if r.Header.Get("Content-Type") != "application/json" || json.NewDecoder(r.Body).Decode(&g) != nil {
				http.Error(w, "send JSON", http.StatusBadRequest)
				return
			}
			out := map[string]any{}
			answer, err := do(context.WithoutCancel(r.Context()), &g)
			if err != nil {
				out["error"] = err.Error()
			} else {
				out["answer"] = answer
			}
			s.mu.Lock()
			s.change()
			s.mu.Unlock()
			w.Header().Set("Content-Type", "application/json")
			json.NewEncoder(w).Encode(out)
		})
	}
	act("command", func(ctx context.Context, g *gesture) (any, error) {
		return answered(s.Command(ctx, g.User, g.Channel, g.Command, g.Text))
	})
	act("post", func(_ context.Context, g *gesture) (any, error) {
		s.Post(g.Channel, g.User, g.Text)
		return nil, nil
	})
	act("invite", func(_ context.Context, g *gesture) (any, error) {
		s.Change(g.Channel, func(c *Channel) { c.BotIsMember = true })
		s.Post(g.Channel, g.User, "/invite @agent-report")
		return nil, nil
	})
	act("press", func(ctx context.Context, g *gesture) (any, error) {
		if g.View != "" {
			return answered(s.PressView(ctx, g.User, g.View, g.Element, g.Values))
		}
		return answered(s.Press(ctx, g.User, g.Channel, g.TS, g.Element))
	})
	act("submit", func(ctx context.Context, g *gesture) (any, error) {
		return answered(s.SubmitView(ctx, g.User, g.View, g.Values))
	})
	act("suggest", func(ctx context.Context, g *gesture) (any, error) {
		return answered(s.Suggest(ctx, g.User, g.View, g.Action, g.Text))
	})
	act("close", func(_ context.Context, g *gesture) (any, error) {
		s.CloseView(g.View)
		return nil, nil
	})
	act("home", func(ctx context.Context, g *gesture) (any, error) {
		s.mu.Lock()
		event := s.id("Ev")
		s.mu.Unlock()
		return answered(s.OpenHome(ctx, event, g.User))
	})
	act("clock", func(ctx context.Context, g *gesture) (any, error) {
		if o.MoveClock == nil {
			return nil, problem("the clock cannot be moved here")
		}
		return nil, o.MoveClock(ctx, g.Text)
	})
	act("webhook", func(ctx context.Context, g *gesture) (any, error) {
		if !slices.Contains(o.Webhooks, g.Text) {
			return nil, problem("there is no recorded webhook of that system")
		}
		what, sent, answer, err := o.Webhook(ctx, g.Text)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.exchanged(true, what, sent, answer)
		return json.RawMessage(answer), nil
	})
	return onLoopback(mux)
}

// gesture is what a person does on the page.
type gesture struct {
	User, Channel, TS, View, Action, Command, Text string
	Element, Values                                map[string]any
}

// answered is what the app answered, for the page.
func answered(a Answer, err error) (any, error) {
	switch {
	case err != nil:
		return nil, err
	case a.Status != http.StatusOK:
		return nil, fmt.Errorf("the app answered %d: %s", a.Status, a.Body)
	case len(a.Body) == 0 || !json.Valid(a.Body):
		return nil, nil
	}
	return json.RawMessage(a.Body), nil
}

// onLoopback answers only requests that were made to this machine by its own
// name: a name that somebody else points here is refused.
func onLoopback(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "this page is for the machine that it runs on", http.StatusForbidden)
			return
		}
		w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// SameOrigin refuses what a page of another site asks for.
func SameOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if origin := r.Header.Get("Origin"); origin != "" && origin != "http://"+r.Host {
			http.Error(w, "this is for the page of this machine alone", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// serveChanges tells the page, as server-sent events, that something changed.
func (s *Server) serveChanges(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		fmt.Fprint(w, "data: changed\n\n")
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

// seenBy is the workspace as a person sees it.
func (s *Server) seenBy(user string) map[string]any {
	modals, home := s.Views(user)
	s.mu.Lock()
	defer s.mu.Unlock()
	people := []map[string]any{}
	for _, id := range slices.Sorted(maps.Keys(s.users)) {
		u := s.users[id]
		people = append(people, map[string]any{
			"id": u.ID, "name": u.Name, "bot": u.Bot, "guest": u.Restricted, "stranger": u.TeamID != TeamID, "locale": u.Locale, "tz": u.TZ,
		})
	}
	channels := []map[string]any{}
	for _, id := range slices.Sorted(maps.Keys(s.channels)) {
		c := s.channels[id]
		if c.IM != "" && c.IM != user {
			continue
		}
		messages := []map[string]any{}
		for _, m := range c.Messages {
			if m.Ephemeral != "" && m.Ephemeral != user {
				continue
			}
			j := m.json()
			j["ephemeral"], j["edited"] = m.Ephemeral != "", m.Edited
			var files []map[string]any
			for _, f := range m.Files {
				files = append(files, map[string]any{"id": f, "name": s.files[f].Name, "title": s.files[f].Title})
			}
			j["files"] = files
			messages = append(messages, j)
		}
		channels = append(channels, map[string]any{
			"id": c.ID, "name": c.Name, "im": c.IM != "", "archived": c.Archived, "shared": c.ExtShared, "member": c.BotIsMember, "private": c.Private, "messages": messages,
		})
	}
	views := []map[string]any{}
	for _, v := range modals {
		views = append(views, v.json())
	}
	state := map[string]any{"now": s.now(), "users": people, "channels": channels, "views": views, "bot": BotUser}
	if home != nil {
		state["home"] = home.json()
	}
	return state
}
