using System.Text;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.OpenApi;

/// <summary>
/// The Swagger 2.0 document in the protobuf form of <see href="https://github.com/google/gnostic-models/blob/main/openapiv2/OpenAPIv2.proto">gnostic</see>,
/// as far as kubectl reads it: which kinds take <c>fieldValidation</c> and <c>dryRun</c>. kubectl asks for it when it meets a group that
/// is newer than the index it has read, such as that of a definition applied from the same file.
/// </summary>
internal static class OpenApiV2Protobuf
{
    /// <summary>Media type of this form.</summary>
    public const string MediaType = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

    private static readonly string[] Parameters = ["dryRun", "fieldManager", "fieldValidation"];

    // Field numbers of the messages that are written.
    private const int DocumentSwagger = 1, DocumentInfo = 2, DocumentPaths = 8, DocumentDefinitions = 9;
    private const int InfoTitle = 1, InfoVersion = 2;
    private const int PathsPath = 2, NamedName = 1, NamedValue = 2, PathItemPatch = 8;
    private const int OperationParameters = 8, OperationExtension = 13;
    private const int ItemParameter = 1, ParameterNonBody = 2, NonBodyQuery = 3, QueryIn = 2, QueryName = 4, QueryType = 6;
    private const int AnyYaml = 2;

    public static byte[] Of(ResourceCatalog catalog, string version)
    {
        var document = new Message();
        document.Add(DocumentSwagger, "2.0");
        document.Add(DocumentInfo, new Message().Add(InfoTitle, "Kubernetes").Add(InfoVersion, version));
        var paths = new Message();
        foreach (var resource in catalog.Resources)
        {
            var type = resource.Type;
            var root = type.Group.Length == 0 ? $"/api/{type.Version}" : $"/apis/{type.Group}/{type.Version}";
            var path = type.Namespaced ? $"{root}/namespaces/{{namespace}}/{type.Plural}/{{name}}" : $"{root}/{type.Plural}/{{name}}";
            var item = new Message().Add(PathItemPatch, Patch(type.Group, type.Version, type.Kind));
            paths.Add(PathsPath, new Message().Add(NamedName, path).Add(NamedValue, item));
        }
        document.Add(DocumentPaths, paths);
        document.Add(DocumentDefinitions, new Message());
        return document.ToArray();
    }

    private static Message Patch(string group, string version, string kind)
    {
        var operation = new Message();
        foreach (var name in Parameters)
        {
            var query = new Message().Add(QueryIn, "query").Add(QueryName, name).Add(QueryType, "string");
            var parameter = new Message().Add(ParameterNonBody, new Message().Add(NonBodyQuery, query));
            operation.Add(OperationParameters, new Message().Add(ItemParameter, parameter));
        }
        var yaml = new Message().Add(AnyYaml, $"group: \"{group}\"\nkind: {kind}\nversion: {version}\n");
        return operation.Add(OperationExtension, new Message().Add(NamedName, "x-kubernetes-group-version-kind").Add(NamedValue, yaml));
    }

    /// <summary>A message under construction: fields of text and of other messages.</summary>
    private sealed class Message
    {
        private readonly List<byte> _bytes = [];

        public Message Add(int number, string text) => Add(number, Encoding.UTF8.GetBytes(text));

        public Message Add(int number, Message message) => Add(number, message.ToArray());

        public byte[] ToArray() => [.. _bytes];

        private Message Add(int number, byte[] bytes)
        {
            const int lengthDelimited = 2;
            Varint((uint)(number << 3 | lengthDelimited));
            Varint((uint)bytes.Length);
            _bytes.AddRange(bytes);
            return this;
        }

        private void Varint(uint value)
        {
            for (; value >= 0x80; value >>= 7) _bytes.Add((byte)(value | 0x80));
            _bytes.Add((byte)value);
        }
    }
}
