package trace

import (
	"fmt"
	"strings"

	"github.com/asynkron/protoactor-go/cluster"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/problem"
)

// longestValue bounds what is shown of a text, in bytes.
const longestValue = 120

// describe names a message, and lists its fields as far as they fit into a line. One that
// stays inside of a node is named by its type, which begins with a small letter here
// whether its package exports it or not.
func describe(message any) (name string, fields []*protos.Span_Field) {
	switch m := message.(type) {
	case *cluster.GrainRequest:
		return grainMethod(m), []*protos.Span_Field{field("bytes", len(m.GetMessageData()))}
	case proto.Message:
		return string(m.ProtoReflect().Descriptor().Name()), fieldsOf(m.ProtoReflect())
	}
	name = fmt.Sprintf("%T", message)
	name = name[strings.LastIndexByte(name, '.')+1:]
	return strings.ToLower(name[:1]) + name[1:], nil
}

// grainMethod names the method that a call of a room's grain asks for.
func grainMethod(m *cluster.GrainRequest) string {
	methods := protos.File_rollcall_proto.Services().ByName("Room").Methods()
	if i := int(m.GetMethodIndex()); i >= 0 && i < methods.Len() {
		return string(methods.Get(i).Name())
	}
	return "GrainRequest"
}

func fieldsOf(m protoreflect.Message) (fields []*protos.Span_Field) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsMap():
		case f.IsList():
			fields = append(fields, field(string(f.Name()), v.List().Len()))
		case f.Kind() == protoreflect.StringKind:
			fields = append(fields, field(string(f.Name()), problem.ClipTo(v.String(), longestValue)))
		case f.Kind() == protoreflect.BytesKind:
			fields = append(fields, field(string(f.Name())+"_bytes", len(v.Bytes())))
		case f.Kind() == protoreflect.EnumKind:
			fields = append(fields, field(string(f.Name()), int32(v.Enum())))
		case f.Message() == nil:
			fields = append(fields, field(string(f.Name()), v.Interface()))
		}
		return true
	})
	return fields
}
