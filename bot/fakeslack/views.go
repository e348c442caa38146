package fakeslack

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"time"
)

// triggerLife is how long a trigger opens a modal, once.
const triggerLife = 3 * time.Second

// maxViews is how many modals can lie upon each other.
const maxViews = 3

func (s *Server) viewsOpen(args map[string]string, r *http.Request) (map[string]any, error) {
	t, ok := s.triggers[args["trigger_id"]]
	switch {
	case !ok:
		return nil, problem("invalid_trigger_id")
	case t.used:
		return nil, problem("exchanged_trigger_id")
	case s.now().Sub(t.at) > triggerLife:
		return nil, problem("expired_trigger_id")
	}
	depth := 0
	root := ""
	if r.URL.Path == "/api/views.push" {
		for _, v := range s.views {
			if v.User == t.user {
				depth++
				if root == "" || v.ID < root {
					root = v.ID
				}
			}
		}
		if depth == 0 {
			return nil, problem("not_found")
		}
		if depth >= maxViews {
			return nil, problem("push_limit_reached")
		}
	} else {
		for id, v := range s.views {
			if v.User == t.user {
				delete(s.views, id)
			}
		}
	}
	if err := s.checkView(args["view"]); err != nil {
		return nil, err
	}
	t.used = true
	s.triggers[args["trigger_id"]] = t
	v := &View{ID: s.id("V"), User: t.user, Hash: s.id("h"), Body: json.RawMessage(args["view"])}
	v.RootID = root
	if root == "" {
		v.RootID = v.ID
	}
	s.views[v.ID] = v
	return map[string]any{"view": v.json()}, nil
}

func (s *Server) viewsUpdate(args map[string]string, _ *http.Request) (map[string]any, error) {
	v := s.views[args["view_id"]]
	if v == nil {
		return nil, problem("not_found")
	}
	if h := args["hash"]; h != "" && h != v.Hash {
		return nil, problem("hash_conflict")
	}
	if err := s.checkView(args["view"]); err != nil {
		return nil, err
	}
	v.Body, v.Hash = json.RawMessage(args["view"]), s.id("h")
	return map[string]any{"view": v.json()}, nil
}

func (s *Server) viewsPublish(args map[string]string, _ *http.Request) (map[string]any, error) {
	u := s.users[args["user_id"]]
	if u == nil {
		return nil, problem("user_not_found")
	}
	if err := s.checkView(args["view"]); err != nil {
		return nil, err
	}
	id := "home " + u.ID
	v := s.views[id]
	if v != nil && args["hash"] != "" && args["hash"] != v.Hash {
		return nil, problem("hash_conflict")
	}
	v = &View{ID: id, RootID: id, Hash: s.id("h"), Body: json.RawMessage(args["view"])}
	s.views[id] = v
	return map[string]any{"view": v.json()}, nil
}

// json is a view as Slack sends it: what was given, and what Slack adds.
func (v *View) json() map[string]any {
	out := map[string]any{}
	if json.Unmarshal(v.Body, &out) != nil {
		out = map[string]any{}
	}
	out["id"], out["root_view_id"], out["hash"], out["team_id"], out["app_id"] = v.ID, v.RootID, v.Hash, TeamID, AppID
	return out
}

// Views are the open modals of a person, the lowest first, and the home view.
func (s *Server) Views(user string) (modals []View, home *View) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := 1; n <= s.seq; n++ {
		if v := s.views[fmt.Sprintf("V%010d", n)]; v != nil && v.User == user {
			modals = append(modals, *v)
		}
	}
	if v := s.views["home "+user]; v != nil {
		c := *v
		home = &c
	}
	return modals, home
}

// CloseView takes a modal away, as a person does.
func (s *Server) CloseView(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.views, id)
}

// payload is a view as it comes with an interaction, with what stands in it.
func (s *Server) payload(id string, values map[string]any) (map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.views[id]
	if v == nil {
		return nil, fmt.Errorf("there is no view %s", id)
	}
	out := v.json()
	if values == nil {
		values = map[string]any{}
	}
	out["state"] = map[string]any{"values": values}
	return out, nil
}

// PressView has a person press a button or choose an option in a modal or a
// home view. Values are what stands in its inputs, by block and action.
func (s *Server) PressView(ctx context.Context, user, view string, element, values map[string]any) (Answer, error) {
	body, err := s.payload(view, values)
	if err != nil {
		return Answer{}, err
	}
	action := map[string]any{"block_id": "made-by-slack", "action_ts": actionTS()}
	maps.Copy(action, element)
	return s.Interact(ctx, user, map[string]any{
		"type": "block_actions", "view": body, "actions": []map[string]any{action},
		"container": map[string]any{"type": "view", "view_id": view},
	})
}

// Suggest has a person type in a menu of a view that asks for its options.
func (s *Server) Suggest(ctx context.Context, user, view, action, typed string) (Answer, error) {
	body, err := s.payload(view, nil)
	if err != nil {
		return Answer{}, err
	}
	return s.Interact(ctx, user, map[string]any{
		"type": "block_suggestion", "view": body, "action_id": action, "block_id": action, "value": typed,
		"container": map[string]any{"type": "view", "view_id": view},
	})
}

// OpenHome has a person open the app's home. An event of an id that was
// delivered before is a repetition.
func (s *Server) OpenHome(ctx context.Context, event, user string) (Answer, error) {
	return s.Event(ctx, event, map[string]any{"type": "app_home_opened", "user": user, "tab": "home", "channel": "D" + user[1:]})
}

// actionTS is when a person did something, as Slack writes it.
func actionTS() string {
	now := time.Now()
	return fmt.Sprintf("%d.%06d", now.Unix(), now.Nanosecond()/1000)
}

// SubmitView has a person send a modal. It closes unless the answer says
// otherwise.
func (s *Server) SubmitView(ctx context.Context, user, view string, values map[string]any) (Answer, error) {
	body, err := s.payload(view, values)
	if err != nil {
		return Answer{}, err
	}
	a, err := s.Interact(ctx, user, map[string]any{"type": "view_submission", "view": body})
	if err != nil || a.Status != http.StatusOK {
		return a, err
	}
	var said struct {
		Action string          `json:"response_action"`
		View   json.RawMessage `json:"view"`
	}
	if len(a.Body) > 0 && json.Unmarshal(a.Body, &said) != nil {
		return a, fmt.Errorf("the answer is not JSON: %q", a.Body)
	}
	switch said.Action {
	case "":
		s.CloseView(view)
	case "update":
		s.mu.Lock()
		defer s.mu.Unlock()
		if err := s.checkView(string(said.View)); err != nil {
			return a, err
		}
		if v := s.views[view]; v != nil {
			v.Body, v.Hash = said.View, s.id("h")
		}
		s.change()
	}
	return a, nil
}
