package fakeslack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// maxAck is the size from which Slack drops an acknowledgement.
const maxAck = 20_000

// maxSockets is how many connections share an app's traffic.
const maxSockets = 10

// socket is one connection of Socket Mode.
type socket struct {
	conn *websocket.Conn
	acks map[string]chan json.RawMessage // by envelope, guarded by the server
}

func (s *Server) connectionsOpen(_ map[string]string, r *http.Request) (map[string]any, error) {
	if len(s.sockets) >= maxSockets {
		return nil, problem("too_many_websockets")
	}
	return map[string]any{"url": "ws" + strings.TrimPrefix(base(r), "http") + "/socket?ticket=" + s.id("ticket")}, nil
}

func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{OriginPatterns: []string{"api.slack.com"}})
	if err != nil {
		return
	}
	defer conn.CloseNow()
	sock := &socket{conn: conn, acks: map[string]chan json.RawMessage{}}
	s.mu.Lock()
	s.sockets[sock] = true
	n := len(s.sockets)
	s.change()
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.sockets, sock)
	}()
	hello := map[string]any{
		"type": "hello", "num_connections": n, "connection_info": map[string]any{"app_id": AppID},
		"debug_info": map[string]any{"host": "stand-in", "approximate_connection_time": 3600},
	}
	if wsjson.Write(r.Context(), conn, hello) != nil {
		return
	}
	for {
		_, raw, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		var ack struct {
			EnvelopeID string          `json:"envelope_id"`
			Payload    json.RawMessage `json:"payload"`
		}
		if json.Unmarshal(raw, &ack) != nil || len(raw) >= maxAck {
			continue
		}
		s.mu.Lock()
		waiting := sock.acks[ack.EnvelopeID]
		delete(sock.acks, ack.EnvelopeID)
		s.mu.Unlock()
		if waiting != nil {
			waiting <- ack.Payload
		}
	}
}

// overSocket sends an envelope over one of the open sockets; false where there
// is none.
func (s *Server) overSocket(ctx context.Context, kind string, payload any) (Answer, bool, error) {
	s.mu.Lock()
	var sock *socket
	for x := range s.sockets {
		sock = x
		break
	}
	if sock == nil {
		s.mu.Unlock()
		return Answer{}, false, nil
	}
	envelope := s.id("envelope-")
	ack := make(chan json.RawMessage, 1)
	sock.acks[envelope] = ack
	s.mu.Unlock()

	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	err := wsjson.Write(ctx, sock.conn, map[string]any{
		"envelope_id": envelope, "type": kind, "payload": payload, "accepts_response_payload": kind != "events_api",
	})
	if err != nil {
		return Answer{}, true, err
	}
	select {
	case body := <-ack:
		return Answer{Status: http.StatusOK, Body: body}, true, nil
	case <-ctx.Done():
		return Answer{}, true, fmt.Errorf("operation_timeout: no acknowledgement within %s", answerWithin)
	}
}

// Disconnect closes all sockets, as Slack does now and then.
func (s *Server) Disconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for x := range s.sockets {
		go x.conn.Close(websocket.StatusNormalClosure, "refresh")
	}
}

// Sockets is how many connections are open.
func (s *Server) Sockets() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sockets)
}
