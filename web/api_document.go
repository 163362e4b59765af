package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"hatif/store"
)

// wildcard is a part of a path that stands for something.
var wildcard = regexp.MustCompile(`\{([a-z]+)\}`)

// document is what the API says of itself (OpenAPI 3.1), made of the endpoints that are served.
func (s *Server) document(all []endpoint) []byte {
	known := make(schemas)
	paths := object{}
	for _, e := range all {
		item, is := paths[apiRoot+e.path].(object)
		if !is {
			item = object{}
			paths[apiRoot+e.path] = item
		}
		item[strings.ToLower(e.method)] = e.operation(known)
	}
	told := object{}
	for _, kind := range store.EventKinds() {
		told[kind] = object{"post": object{
			"summary":     "What a webhook is sent",
			"operationId": "told_" + strings.ReplaceAll(kind, ".", "_"),
			"requestBody": object{"required": true, "content": object{mediaJSON: object{"schema": known.of(reflect.TypeFor[store.EventData]())}}},
			"responses":   object{"2XX": object{"description": "Taken: it is not sent again."}},
		}}
	}
	for _, data := range eventShapes {
		known.of(data)
	}
	var codes []string
	for _, k := range allTroubles {
		codes = append(codes, fmt.Sprintf("`%s` (%d)", k.code, k.status))
	}
	known.of(reflect.TypeFor[trouble]())
	text, err := json.MarshalIndent(object{
		"openapi": "3.1.0",
		"info": object{
			"title": "hatif", "version": "1",
			"description": "The JSON API of hatif. Times are RFC 3339, durations say their unit in their name, ids are strings that mean nothing. " +
				"What is not known is left out. An error's code is one of " + strings.Join(codes, ", ") + ".",
		},
		"paths":    paths,
		"webhooks": told,
		"components": object{
			"schemas": known,
			"responses": object{"problem": object{
				"description": "An error (RFC 9457).",
				"content":     object{mediaProblem: object{"schema": reference("schemas", nameOf(reflect.TypeFor[trouble]()))}},
			}},
			"securitySchemes": object{
				"token":   object{"type": "http", "scheme": "bearer", "description": "A token, which an administrator makes at the console."},
				"session": object{"type": "apiKey", "in": "cookie", "name": s.cookieName(), "description": "A browser in which somebody has logged on to the console."},
			},
		},
		"security": []object{{"token": []string{}}, {"session": []string{}}},
	}, "", " ")
	if err != nil {
		panic(err) // it is made of texts
	}
	return append(text, '\n')
}

// operation is an endpoint in the document.
func (e *endpoint) operation(known schemas) object {
	var roles, parameters = []string{}, []object{}
	for _, role := range Roles() {
		for _, needed := range e.needs {
			if role.may(needed) {
				roles = append(roles, string(role))
				break
			}
		}
	}
	for _, part := range wildcard.FindAllStringSubmatch(e.path, -1) {
		parameters = append(parameters, object{"name": part[1], "in": "path", "required": true, "schema": object{"type": "string"}})
	}
	for _, p := range e.query {
		parameters = append(parameters, object{"name": p.name, "in": "query", "description": p.doc, "schema": p.schema()})
	}
	good := object{"description": "It is so."}
	switch {
	case e.result != reflect.TypeFor[nothing]():
		good["content"] = object{mediaJSON: object{"schema": known.of(e.result)}}
	case e.media != mediaJSON:
		good["content"] = object{e.media: object{}}
	}
	if e.streams {
		good["content"].(object)[mediaEvents] = object{} // made above
	}
	operation := object{
		"summary": e.summary, "operationId": e.name(), "tags": []string{strings.SplitN(e.path, "/", 3)[1]},
		"description": "Roles: " + strings.Join(roles, ", ") + ".", "parameters": parameters,
		"responses": object{strconv.Itoa(e.status): good, "default": reference("responses", "problem")},
	}
	if e.method != http.MethodGet && e.body != reflect.TypeFor[nothing]() {
		required := false
		for _, f := range fieldsOf(e.body) {
			required = required || !f.optional
		}
		operation["requestBody"] = object{"required": required, "content": object{mediaJSON: object{"schema": known.of(e.body)}}}
	}
	if e.sends != "" {
		operation["requestBody"] = object{"required": true, "content": object{e.sends: object{}}}
	}
	return operation
}

// name is the operation's: what generated programs call it.
func (e *endpoint) name() string {
	path := wildcard.ReplaceAllString(e.path, "$1")
	return strings.ToLower(e.method) + strings.NewReplacer("/", "_", "-", "_").Replace(path)
}
