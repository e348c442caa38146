package fakeslack

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// method is one method of the Web API.
type method struct {
	appToken bool
	scopes   func(args map[string]string, s *Server) []string
	do       func(s *Server, args map[string]string, r *http.Request) (map[string]any, error)
}

func need(scopes ...string) func(map[string]string, *Server) []string {
	return func(map[string]string, *Server) []string { return scopes }
}

// perChannel needs one scope for public channels, another for private ones and a third
// for direct messages, and that the bot is where it reads.
func perChannel(action string) func(map[string]string, *Server) []string {
	return func(args map[string]string, s *Server) []string {
		switch c := s.channels[args["channel"]]; {
		case c != nil && c.Private:
			return []string{"groups:" + action}
		case c != nil && c.IM != "":
			return []string{"im:" + action}
		}
		return []string{"channels:" + action}
	}
}

var methods map[string]method

func init() {
	methods = map[string]method{
		"blocks.validate":              {scopes: need(), do: (*Server).validate},
		"auth.test":                    {scopes: need(), do: (*Server).authTest},
		"apps.connections.open":        {appToken: true, scopes: need(), do: (*Server).connectionsOpen},
		"chat.postMessage":             {scopes: need("chat:write"), do: (*Server).postMessage},
		"chat.postEphemeral":           {scopes: need("chat:write"), do: (*Server).postMessage},
		"chat.update":                  {scopes: need("chat:write"), do: (*Server).updateMessage},
		"conversations.info":           {scopes: perChannel("read"), do: (*Server).conversationsInfo},
		"conversations.history":        {scopes: perChannel("history"), do: (*Server).history},
		"conversations.replies":        {scopes: perChannel("history"), do: (*Server).history},
		"conversations.members":        {scopes: perChannel("read"), do: (*Server).members},
		"conversations.open":           {scopes: need("im:write"), do: (*Server).open},
		"files.getUploadURLExternal":   {scopes: need("files:write"), do: (*Server).getUploadURL},
		"files.completeUploadExternal": {scopes: need("files:write"), do: (*Server).completeUpload},
		"files.info":                   {scopes: need("files:read"), do: (*Server).filesInfo},
		"users.info":                   {scopes: need("users:read"), do: (*Server).usersInfo},
		"usergroups.users.list":        {scopes: need("usergroups:read"), do: (*Server).groupMembers},
		"views.open":                   {scopes: need(), do: (*Server).viewsOpen},
		"views.push":                   {scopes: need(), do: (*Server).viewsOpen},
		"views.update":                 {scopes: need(), do: (*Server).viewsUpdate},
		"views.publish":                {scopes: need(), do: (*Server).viewsPublish},
	}
}

func (s *Server) authTest(map[string]string, *http.Request) (map[string]any, error) {
	return map[string]any{"url": "https://stand-in.slack.example/", "team": "Stand-in", "team_id": TeamID, "user": "agent-report", "user_id": BotUser, "bot_id": "B0000000001"}, nil
}

// target is the channel that a message goes to: a user's id means the direct
// messages with them.
func (s *Server) target(id string) (*Channel, error) {
	if u := s.users[id]; u != nil {
		id = "D" + id[1:]
		if s.channels[id] == nil {
			s.channels[id] = &Channel{ID: id, IM: u.ID, BotIsMember: true}
		}
	}
	c := s.channels[id]
	switch {
	case c == nil || c.Private && !c.BotIsMember:
		return nil, problem("channel_not_found")
	case c.Archived:
		return nil, problem("is_archived")
	case !c.BotIsMember:
		return nil, problem("not_in_channel")
	case c.PostingRestricted:
		return nil, problem("restricted_action")
	}
	return c, nil
}

func (s *Server) postMessage(args map[string]string, _ *http.Request) (map[string]any, error) {
	c, err := s.target(args["channel"])
	if err != nil {
		return nil, err
	}
	m := &Message{User: BotUser, ThreadTS: args["thread_ts"], Ephemeral: args["user"]}
	if err := s.fill(m, args); err != nil {
		return nil, err
	}
	s.add(c, m)
	return map[string]any{"channel": c.ID, "ts": m.TS, "message_ts": m.TS, "message": m.json()}, nil
}

func (s *Server) updateMessage(args map[string]string, _ *http.Request) (map[string]any, error) {
	c := s.channels[args["channel"]]
	if c == nil {
		return nil, problem("channel_not_found")
	}
	for _, m := range c.Messages {
		if m.TS == args["ts"] && m.User == BotUser && m.Ephemeral == "" {
			next := *m
			next.Metadata = nil // an update without metadata takes it away
			if err := s.fill(&next, args); err != nil {
				return nil, err
			}
			next.Edited = true
			*m = next
			return map[string]any{"channel": c.ID, "ts": m.TS, "text": m.Text, "message": m.json()}, nil
		}
	}
	return nil, problem("message_not_found")
}

func (s *Server) fill(m *Message, args map[string]string) error {
	m.Text = args["text"]
	if len([]rune(m.Text)) > 40_000 {
		return problem("msg_too_long")
	}
	if b := args["blocks"]; b != "" && b != "null" && b != "[]" {
		m.Blocks = json.RawMessage(b)
		if bad := s.checkBlocks(m.Blocks); len(bad) > 0 {
			return invalid{"invalid_blocks", bad}
		}
	}
	if m.Text == "" && m.Blocks == nil {
		return problem("no_text")
	}
	if md := args["metadata"]; md != "" && md != "null" {
		var meta struct {
			EventType    string         `json:"event_type"`
			EventPayload map[string]any `json:"event_payload"`
		}
		if json.Unmarshal([]byte(md), &meta) != nil {
			return problem("invalid_metadata_format")
		}
		if meta.EventType != "" {
			m.Metadata = json.RawMessage(md)
		}
	}
	return nil
}

func (m *Message) json() map[string]any {
	out := map[string]any{"type": "message", "user": m.User, "text": m.Text, "ts": m.TS}
	if m.ThreadTS != "" {
		out["thread_ts"] = m.ThreadTS
	}
	if m.Blocks != nil {
		out["blocks"] = m.Blocks
	}
	if m.Metadata != nil {
		out["metadata"] = m.Metadata
	}
	return out
}

func (c *Channel) json() map[string]any {
	return map[string]any{
		"id": c.ID, "name": c.Name, "is_channel": c.IM == "" && !c.Private, "is_private": c.Private, "is_im": c.IM != "",
		"is_archived": c.Archived, "is_member": c.BotIsMember, "is_ext_shared": c.ExtShared, "is_pending_ext_shared": c.PendingExtShared,
	}
}

func (s *Server) conversationsInfo(args map[string]string, _ *http.Request) (map[string]any, error) {
	c := s.channels[args["channel"]]
	if c == nil || c.Private && !c.BotIsMember {
		return nil, problem("channel_not_found")
	}
	return map[string]any{"channel": c.json()}, nil
}

func (s *Server) history(args map[string]string, _ *http.Request) (map[string]any, error) {
	c := s.channels[args["channel"]]
	switch {
	case c == nil || c.Private && !c.BotIsMember:
		return nil, problem("channel_not_found")
	case !c.BotIsMember:
		return nil, problem("not_in_channel")
	}
	limit, err := strconv.Atoi(args["limit"])
	if err != nil || limit < 1 || limit > 999 {
		limit = 100
	}
	thread := args["ts"] // of replies
	if thread != "" && !slices.ContainsFunc(c.Messages, func(m *Message) bool { return m.TS == thread }) {
		return nil, problem("thread_not_found")
	}
	newest := args["cursor"] // of the page before
	var page []map[string]any
	more := false
	for _, m := range slices.Backward(c.Messages) {
		if m.Ephemeral != "" || m.ThreadTS != thread && m.TS != thread || newest != "" && m.TS >= newest || args["oldest"] != "" && m.TS <= args["oldest"] || args["latest"] != "" && m.TS >= args["latest"] {
			continue
		}
		if len(page) == limit {
			more = true
			break
		}
		j := m.json()
		if args["include_all_metadata"] != "true" && args["include_all_metadata"] != "1" {
			delete(j, "metadata")
		}
		page = append(page, j)
	}
	out := map[string]any{"messages": page, "has_more": more}
	if more {
		out["response_metadata"] = map[string]any{"next_cursor": page[len(page)-1]["ts"]}
	}
	return out, nil
}

func (s *Server) members(args map[string]string, _ *http.Request) (map[string]any, error) {
	c := s.channels[args["channel"]]
	if c == nil {
		return nil, problem("channel_not_found")
	}
	list := slices.Clone(c.Members)
	if c.BotIsMember {
		list = append(list, BotUser)
	}
	return map[string]any{"members": list}, nil
}

func (s *Server) open(args map[string]string, _ *http.Request) (map[string]any, error) {
	if s.users[args["users"]] == nil {
		return nil, problem("user_not_found")
	}
	c, err := s.target(args["users"])
	if err != nil {
		return nil, err
	}
	return map[string]any{"channel": map[string]any{"id": c.ID}}, nil
}

func (s *Server) getUploadURL(args map[string]string, r *http.Request) (map[string]any, error) {
	size, err := strconv.Atoi(args["length"])
	if err != nil || size < 1 || args["filename"] == "" {
		return nil, problem("invalid_arguments")
	}
	if len([]rune(args["alt_txt"])) > 1000 {
		return nil, problem("alt_txt_too_large")
	}
	f := &File{ID: s.id("F"), Name: args["filename"], Alt: args["alt_txt"], Size: size}
	s.files[f.ID] = f
	return map[string]any{"upload_url": base(r) + "/upload/" + f.ID, "file_id": f.ID}, nil
}

// base is this server as the client calls it: an upload goes where the call went.
func base(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

func (s *Server) serveUpload(w http.ResponseWriter, r *http.Request, id string) {
	s.mu.Lock()
	s.calls = append(s.calls, Call{s.now(), "upload", map[string]string{"file": id}})
	fault, faulty := s.nextFault("upload", "")
	s.mu.Unlock()
	fails := func() {
		if !fault.answers(w, r) {
			http.Error(w, fault.Error, http.StatusBadRequest)
		}
	}
	if faulty && !fault.AfterWork {
		fails()
		return
	}
	body := io.Reader(r.Body)
	if file, _, err := r.FormFile("filename"); err == nil {
		body = file
	} else if r.MultipartForm != nil {
		for _, headers := range r.MultipartForm.File {
			if file, err := headers[0].Open(); err == nil {
				body = file
			}
		}
	}
	b, err := io.ReadAll(body)
	s.mu.Lock()
	f := s.files[id]
	if f != nil && len(b) == f.Size {
		f.Bytes = b
	}
	s.mu.Unlock()
	switch {
	case faulty:
		fails()
	case err != nil || f == nil:
		http.Error(w, "no such upload", http.StatusNotFound)
	case len(b) != f.Size:
		http.Error(w, fmt.Sprintf("%d bytes instead of %d", len(b), f.Size), http.StatusBadRequest)
	default:
		fmt.Fprintf(w, "OK - %d", len(b))
	}
}

func (s *Server) completeUpload(args map[string]string, _ *http.Request) (map[string]any, error) {
	var list []struct{ ID, Title string }
	if json.Unmarshal([]byte(args["files"]), &list) != nil || len(list) == 0 {
		return nil, problem("invalid_arguments")
	}
	var in *Channel
	if id := args["channel_id"]; id != "" {
		var err error
		if in, err = s.target(id); err != nil {
			return nil, err
		}
	}
	var out []map[string]any
	var ids []string
	for _, x := range list {
		f := s.files[x.ID]
		if f == nil || f.Bytes == nil {
			return nil, problem("file_not_found")
		}
		f.Title, f.Complete, f.readyAt = x.Title, true, s.now().Add(s.FileDelay)
		out = append(out, map[string]any{"id": f.ID, "title": f.Title})
		ids = append(ids, f.ID)
	}
	if in != nil {
		s.add(in, &Message{User: BotUser, Text: args["initial_comment"], Files: ids})
	}
	return map[string]any{"files": out}, nil
}

func (s *Server) ready(f *File) bool { return f.Complete && !s.now().Before(f.readyAt) }

func (s *Server) filesInfo(args map[string]string, _ *http.Request) (map[string]any, error) {
	f := s.files[args["file"]]
	if f == nil || !f.Complete {
		return nil, problem("file_not_found")
	}
	out := map[string]any{"id": f.ID, "name": f.Name, "title": f.Title, "size": f.Size, "mimetype": "", "permalink": "https://stand-in.slack.example/files/" + f.ID}
	if s.ready(f) {
		out["mimetype"] = http.DetectContentType(f.Bytes)
	}
	return map[string]any{"file": out}, nil
}

func (s *Server) usersInfo(args map[string]string, _ *http.Request) (map[string]any, error) {
	u := s.users[args["user"]]
	if u == nil {
		return nil, problem("user_not_found")
	}
	out := map[string]any{
		"id": u.ID, "team_id": u.TeamID, "name": strings.ToLower(strings.ReplaceAll(u.Name, " ", ".")), "real_name": u.Name, "deleted": u.Deleted,
		"is_bot": u.Bot, "is_restricted": u.Restricted, "is_admin": u.Admin, "is_stranger": u.TeamID != TeamID && len(u.Teams) == 0, "tz": u.TZ,
	}
	if len(u.Teams) > 0 {
		out["enterprise_user"] = map[string]any{"id": u.ID, "teams": u.Teams}
	}
	if args["include_locale"] == "true" || args["include_locale"] == "1" {
		out["locale"] = u.Locale
	}
	return map[string]any{"user": out}, nil
}

func (s *Server) groupMembers(args map[string]string, _ *http.Request) (map[string]any, error) {
	list, ok := s.groups[args["usergroup"]]
	if !ok {
		return nil, problem("no_such_subteam")
	}
	return map[string]any{"users": list}, nil
}

// maxValidated is how many characters an argument of blocks.validate may have; other methods take a view of 250 kB.
const maxValidated = 100_000

// validate says what is wrong with a view or with blocks
// (https://docs.slack.dev/reference/methods/blocks.validate).
func (s *Server) validate(args map[string]string, _ *http.Request) (map[string]any, error) {
	view, blocks := args["view"], args["blocks"]
	var word string
	var bad []string
	switch {
	case (view == "") == (blocks == ""), len(view) > maxValidated, len(blocks) > maxValidated:
		return nil, problem("invalid_arguments")
	case view != "":
		word, bad = "invalid_view", problemsOf(s.checkView(view))
	default:
		word, bad = "invalid_blocks", s.checkBlocks(json.RawMessage(blocks))
	}
	if len(bad) == 0 {
		return nil, nil
	}
	var list []map[string]string
	for _, b := range bad {
		message, pointer, _ := strings.Cut(strings.TrimPrefix(b, "[ERROR] "), " [json-pointer:")
		list = append(list, map[string]string{"pointer": strings.TrimSuffix(pointer, "]"), "code": "failed_constraint", "message": message})
	}
	return map[string]any{"errors": list}, problem(word)
}
