// Package fakeslack is a stand-in Slack at the wire: its Web API, requests
// signed as Slack signs them, and Socket Mode. It keeps Slack's limits, scopes
// and error codes, and fails when a test tells it to. It knows nothing of the
// client that talks to it.
package fakeslack

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// The workspace that New makes.
const (
	TeamID        = "T0000000001"
	AppID         = "A0000000001"
	BotUser       = "U00000000BT"
	BotToken      = "xoxb-stand-in"
	AppToken      = "xapp-stand-in"
	SigningSecret = "stand-in-signing-secret"

	// SpanishEditor speaks Spanish, and may change things where editors are named.
	SpanishEditor = "U00000000ES"
)

// Scopes are those that the app has where a test takes none away.
var Scopes = []string{
	"commands", "chat:write", "files:write", "files:read", "users:read", "channels:read", "groups:read",
	"channels:history", "groups:history", "usergroups:read", "im:write",
}

// Channel is a conversation of the workspace.
type Channel struct {
	ID                string
	Name              string
	Private           bool
	Archived          bool
	ExtShared         bool
	PendingExtShared  bool
	BotIsMember       bool
	IM                string // the user, of a direct message
	Members           []string
	PostingRestricted bool
	Messages          []*Message // oldest first
}

// Message is a posted message.
type Message struct {
	Channel   string
	TS        string
	User      string
	Text      string
	Blocks    json.RawMessage
	Metadata  json.RawMessage
	ThreadTS  string
	Ephemeral string // the only user who sees it
	Files     []string
	Edited    bool
}

// User is a person of the workspace, or of another.
type User struct {
	ID         string
	Name       string
	TeamID     string
	Locale     string
	TZ         string
	Bot        bool
	Restricted bool // a guest
	Admin      bool
	Deleted    bool
	// Teams are the workspaces of an Enterprise organisation that the person is in.
	Teams []string
}

// File is an uploaded file.
type File struct {
	ID, Name, Title, Alt string
	Size                 int
	Bytes                []byte
	Complete             bool
	readyAt              time.Time
}

// View is an open modal, or a person's home.
type View struct {
	ID, RootID, User string
	Hash             string
	Body             json.RawMessage
}

// Fault is what a test makes a method do instead of its work.
type Fault struct {
	Error      string        // answer ok: false with this word
	Status     int           // answer with this HTTP status
	RetryAfter time.Duration // answer 429
	Hang       bool          // do not answer until the client gives up
	Reset      bool          // close the connection instead of an answer
	Body       string        // answer 200, or Status, with this instead of what was to be said
	Empty      bool          // answer 200 with nothing
	Late       time.Duration // do the work so much later, whatever the client was told
	AfterWork  bool          // do the work first: the client does not learn of it
	Channel    string        // only where the call is about this channel
	After      int           // so many calls go well first
	Times      int           // how often; 0 is once
}

// Server is the workspace. It is an http.Handler; New makes one.
type Server struct {
	mu       sync.Mutex
	now      func() time.Time
	channels map[string]*Channel
	users    map[string]*User
	groups   map[string][]string
	files    map[string]*File
	views    map[string]*View
	triggers map[string]trigger
	scopes   []string
	faults   map[string][]Fault
	calls    []Call
	seq      int
	lastTS   time.Time
	sockets  map[*socket]bool
	replies  map[string]*replies
	changed  chan struct{} // closed when something changes

	exchanges []Exchange

	// FileDelay is how long after an upload a file has no type yet.
	FileDelay time.Duration
	// RequestURL is where signed requests go, without a path.
	RequestURL string
	// URL is where this server is reached: response URLs begin with it.
	URL string
	// OrgWide says that the app is installed for an organisation: commands name no
	// workspace.
	OrgWide bool
	// NoOptionsURL says that the app was installed without an options load URL.
	NoOptionsURL bool
}

type trigger struct {
	user string
	at   time.Time
	used bool
}

// Call is one call of a method, as it was asked.
type Call struct {
	At     time.Time
	Method string
	Args   map[string]string
}

// New makes a workspace with a team channel, an editor, a viewer, a guest and
// a stranger. Its clock is now, or the real one.
func New(now func() time.Time) *Server {
	if now == nil {
		now = time.Now
	}
	s := &Server{
		now: now, channels: map[string]*Channel{}, users: map[string]*User{}, groups: map[string][]string{}, files: map[string]*File{},
		views: map[string]*View{}, triggers: map[string]trigger{}, scopes: slices.Clone(Scopes), faults: map[string][]Fault{},
		sockets: map[*socket]bool{}, replies: map[string]*replies{}, changed: make(chan struct{}), FileDelay: 800 * time.Millisecond,
	}
	for _, u := range []User{
		{ID: BotUser, Name: "agent-report", TeamID: TeamID, Bot: true},
		{ID: "U00000000ED", Name: "Eva Editor", TeamID: TeamID, Locale: "en-US", TZ: "Europe/Madrid", Admin: true},
		{ID: SpanishEditor, Name: "Elena Editora", TeamID: TeamID, Locale: "es-ES", TZ: "Europe/Madrid"},
		{ID: "U00000000VW", Name: "Vic Viewer", TeamID: TeamID, Locale: "es-ES", TZ: "Europe/Madrid"},
		{ID: "U00000000GU", Name: "Gus Guest", TeamID: TeamID, Restricted: true},
		{ID: "U00000000ST", Name: "Sam Stranger", TeamID: "T0000000002"},
	} {
		s.users[u.ID] = &u
	}
	s.groups["S0000000001"] = []string{"U00000000ED"}
	for _, c := range []Channel{
		{ID: "C0000000001", Name: "support-team", BotIsMember: true},
		{ID: "C0000000002", Name: "general"},
		{ID: "C0000000003", Name: "shared-with-partner", ExtShared: true, BotIsMember: true},
		{ID: "C0000000004", Name: "old-team", Archived: true},
	} {
		s.channels[c.ID] = &c
	}
	return s
}

// Change changes a channel; one that is not there is made.
func (s *Server) Change(channel string, f func(*Channel)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.channels[channel] == nil {
		s.channels[channel] = &Channel{ID: channel, Name: strings.ToLower(channel)}
	}
	f(s.channels[channel])
}

// TakeScope takes a scope away from the app.
func (s *Server) TakeScope(scope string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scopes = slices.DeleteFunc(s.scopes, func(x string) bool { return x == scope })
}

// ChangeUser changes a person.
func (s *Server) ChangeUser(id string, f func(*User)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s.users[id])
	s.change()
}

// Fail makes the next calls of a method fail. Faults follow one another.
func (s *Server) Fail(method string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[method] = append(s.faults[method], faults...)
}

// Messages are the messages of a channel, oldest first.
func (s *Server) Messages(channel string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Message
	if c := s.channels[channel]; c != nil {
		for _, m := range c.Messages {
			list = append(list, *m)
		}
	}
	return list
}

// File is an uploaded file; nil where there is none.
func (s *Server) File(id string) *File {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.files[id]; f != nil {
		c := *f
		return &c
	}
	return nil
}

// Direct are the messages that the bot sent to a person.
func (s *Server) Direct(user string) []Message { return s.Messages("D" + user[1:]) }

// Calls are the calls so far of a method, or of all where it is empty.
func (s *Server) Calls(method string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Call
	for _, c := range s.calls {
		if method == "" || c.Method == method {
			list = append(list, c)
		}
	}
	return list
}

// Post adds a message of a person to a channel, as if it had been typed.
func (s *Server) Post(channel, user, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(s.channels[channel], &Message{User: user, Text: text})
}

// add gives a message its time stamp, which is unique and in order.
func (s *Server) add(c *Channel, m *Message) {
	at := s.now().Truncate(time.Microsecond)
	if !at.After(s.lastTS) {
		at = s.lastTS.Add(time.Microsecond)
	}
	s.lastTS = at
	m.Channel, m.TS = c.ID, fmt.Sprintf("%d.%06d", at.Unix(), at.Nanosecond()/1000)
	c.Messages = append(c.Messages, m)
}

// Await returns once ok holds; it looks again whenever something changes in the
// workspace. Its error is that of ctx.
func (s *Server) Await(ctx context.Context, ok func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if ok() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// change wakes whoever awaits one.
func (s *Server) change() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *Server) id(prefix string) string {
	s.seq++
	return fmt.Sprintf("%s%010d", prefix, s.seq)
}

// problem is Slack's word for what is wrong.
type problem string

func (p problem) Error() string { return string(p) }

// invalid is a problem with the arguments, with Slack's messages.
type invalid struct {
	word     string
	messages []string
}

func (e invalid) Error() string { return e.word }

// ServeHTTP answers /api/METHOD, uploads and Socket Mode.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/api/"):
		s.serveAPI(w, r, strings.TrimPrefix(r.URL.Path, "/api/"))
	case strings.HasPrefix(r.URL.Path, "/upload/"):
		s.serveUpload(w, r, strings.TrimPrefix(r.URL.Path, "/upload/"))
	case r.URL.Path == "/socket":
		s.serveSocket(w, r)
	case strings.HasPrefix(r.URL.Path, "/response/"):
		s.serveResponse(w, r)
	default:
		http.NotFound(w, r)
	}
}

// nextFault is the fault that is due for a method.
func (s *Server) nextFault(method, channel string) (Fault, bool) {
	list := s.faults[method]
	at := slices.IndexFunc(list, func(f Fault) bool { return f.Channel == "" || f.Channel == channel })
	if at < 0 {
		return Fault{}, false
	}
	f := list[at]
	if f.After > 0 {
		list[at].After--
		return Fault{}, false
	}
	if f.Times > 1 {
		list[at].Times--
	} else {
		s.faults[method] = slices.Delete(list, at, at+1)
	}
	return f, true
}

// answers has a fault answer a request, and reports whether it did: one that is a word
// of Slack's is left to the method.
func (f Fault) answers(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case f.Hang:
		<-r.Context().Done()
	case f.Reset:
		panic(http.ErrAbortHandler) // net/http closes the connection
	case f.RetryAfter > 0:
		w.Header().Set("Retry-After", fmt.Sprint(int(f.RetryAfter.Seconds())))
		w.WriteHeader(http.StatusTooManyRequests)
	case f.Status > 0:
		w.WriteHeader(f.Status)
		io.WriteString(w, f.Body)
	case f.Body != "" || f.Empty:
		io.WriteString(w, f.Body)
	default:
		return false
	}
	return true
}

func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request, name string) {
	args, token := arguments(r)
	s.mu.Lock()
	s.calls = append(s.calls, Call{s.now(), name, args})
	fault, faulty := s.nextFault(name, args["channel"])
	m, known := methods[name]
	s.mu.Unlock()

	var answer map[string]any
	var err error
	work := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case !known:
			err = problem("unknown_method")
		case token == "":
			err = problem("not_authed")
		case m.appToken && token != AppToken, !m.appToken && token != BotToken:
			err = problem("invalid_auth")
		default:
			for _, scope := range m.scopes(args, s) {
				if !slices.Contains(s.scopes, scope) {
					answer = map[string]any{"needed": scope, "provided": strings.Join(s.scopes, ",")}
					err = problem("missing_scope")
					return
				}
			}
			answer, err = m.do(s, args, r)
			said := map[string]any{"ok": err == nil}
			maps.Copy(said, answer)
			if err != nil {
				said["error"] = err.Error()
			}
			s.exchanged(false, name, readable(args), said)
			s.change()
		}
	}
	if !faulty || fault.AfterWork {
		work()
	}
	if faulty && fault.Late > 0 {
		time.AfterFunc(fault.Late, work)
	}
	if faulty {
		if fault.answers(w, r) {
			return
		}
		err = problem(fault.Error)
	}
	out := map[string]any{"ok": err == nil}
	maps.Copy(out, answer)
	if err != nil {
		out["error"] = err.Error()
		if inv, ok := err.(invalid); ok {
			out["response_metadata"] = map[string]any{"messages": inv.messages}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(out)
}

// readable are arguments of which those that are JSON are not in quotes.
func readable(args map[string]string) map[string]any {
	out := map[string]any{}
	for k, v := range args {
		out[k] = v
		if (strings.HasPrefix(v, "{") || strings.HasPrefix(v, "[")) && json.Valid([]byte(v)) {
			out[k] = json.RawMessage(v)
		}
	}
	return out
}

// arguments are those of a form or of a JSON body, as strings.
func arguments(r *http.Request) (map[string]string, string) {
	args := map[string]string{}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		var body map[string]json.RawMessage
		if json.NewDecoder(r.Body).Decode(&body) == nil {
			for k, v := range body {
				var s string
				if json.Unmarshal(v, &s) != nil {
					s = string(v)
				}
				args[k] = s
			}
		}
		return args, token
	}
	if r.ParseMultipartForm(1<<20) != nil {
		r.ParseForm()
	}
	for k, v := range r.Form {
		args[k] = v[0]
	}
	if t := args["token"]; t != "" {
		token = t
		delete(args, "token")
	}
	return args, token
}
