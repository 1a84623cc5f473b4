using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Rules;
using Slipway.Api.Schemas;
using Slipway.ApiServer.Admission.Policies;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Writes;

/// <summary>
/// The steps between a request's body and a document that may be committed; each takes a document and refuses it or returns it
/// complete.
/// </summary>
internal static class DocumentSteps
{
    /// <summary>Most bytes of a stored object.</summary>
    public const int MaxObjectBytes = 1536 * 1024;

    /// <summary>Reads the body of a create or update and checks that it is an object of the resource.</summary>
    public static JsonObject Read(WriteContext context)
    {
        if (context.Request.Body.IsEmpty) throw ApiException.BadRequest($"the body is empty: it must be a {context.Type.Kind}");
        var document = RequestDocument.Read(context.Request, context.Duplicates);
        CheckIdentity(context, document);
        return document;
    }

    /// <summary>Checks type, namespace and name of a document against the path.</summary>
    public static void CheckIdentity(WriteContext context, JsonObject document)
    {
        var type = context.Type;
        // Typed clients leave out what the path says.
        if (!type.IsCustom && document["kind"] is null) document.Kind = type.Kind;
        if (!type.IsCustom && document["apiVersion"] is null) document.ApiVersion = type.ApiVersion;
        if (document.Kind.Length == 0) throw ApiException.BadRequest($"Object 'Kind' is missing: it must be \"{type.Kind}\"");
        if (document.ApiVersion.Length == 0) throw ApiException.BadRequest($"Object 'apiVersion' is missing: it must be \"{type.ApiVersion}\"");
        if (document.ApiVersion != type.ApiVersion)
            throw ApiException.BadRequest($"the API version in the data ({document.ApiVersion}) does not match the expected API version ({type.ApiVersion})");
        if (document.Kind != type.Kind)
            throw ApiException.BadRequest($"the object provided is of kind {document.Kind}, but {type.GroupResource} holds objects of kind {type.Kind}");
        CheckMetadata(context, document);

        if (type.Namespaced)
        {
            if (document.Namespace.Length > 0 && document.Namespace != context.Path.Namespace)
                throw ApiException.BadRequest($"the namespace of the provided object ({document.Namespace}) does not match the namespace sent on the request ({context.Path.Namespace})");
            document.Namespace = context.Path.Namespace;
        }
        else
        {
            document.Namespace = "";
        }
        if (context.Path.Name.Length > 0 && document.Name.Length > 0 && document.Name != context.Path.Name)
            throw ApiException.BadRequest($"the name of the object ({document.Name}) does not match the name on the URL ({context.Path.Name})");
    }

    // The server writes some of the metadata itself: what cannot be read must not be lost by that.
    private static void CheckMetadata(WriteContext context, JsonObject document)
    {
        if (document["metadata"] is not { } metadata) return;
        if (metadata is not JsonObject) throw ApiException.BadRequest("metadata: it must be an object");
        var faults = SchemaValidator.Validate(MetadataSchema, metadata, "metadata").Where(IsUnreadable).ToArray();
        if (faults.Length > 0) throw Unreadable(context, document, faults);
    }

    private static Schema MetadataSchema => BuiltInKinds.SchemaOf("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");

    /// <summary>Refuses, warns of or ignores unknown and repeated fields, takes them away, and puts defaults in.</summary>
    public static void Complete(WriteContext context, JsonObject document)
    {
        var schema = context.Type.Schema;
        if (context.FieldValidation != FieldValidation.Ignore)
        {
            var unknown = UnknownFields.Find(schema, document);
            if (unknown.Count + context.Duplicates.Count > 0)
            {
                var errors = StrictErrors.InOrder(document, context.Duplicates, unknown, context.Type.IsCustom, IsWholeJson(context.Request));
                if (context.FieldValidation == FieldValidation.Strict) throw Refusal(context, document, StrictErrors.Text(errors));
                context.Warnings.AddRange(errors.Select(e => e.ToString()));
            }
        }
        Recomplete(context, document);
    }

    /// <summary>Takes unknown fields away and puts defaults in, silently.</summary>
    public static void Recomplete(WriteContext context, JsonObject document)
    {
        var schema = context.Type.Schema;
        Pruner.Prune(schema, document);
        if (!context.Type.IsCustom) Nulls.Drop(document, schema);
        Defaulter.Apply(schema, document);
        context.Resource.Rules.Default(document);
    }

    private static bool IsWholeJson(ApiRequest request) => request.Method != "PATCH" && !request.ContentType.Contains("yaml", StringComparison.Ordinal);

    private static ApiException Refusal(WriteContext context, JsonObject document, string errors) =>
        context.IsApply ? ApiException.BadRequest($"error strict decoding YAML: {errors}") : Undecodable(context, document, $"strict decoding error: {errors}");

    private static ApiException Unreadable(WriteContext context, JsonObject document, IEnumerable<StatusCause> faults) =>
        Undecodable(context, document, string.Join(", ", faults.Select(f => $"{f.Field}: {f.Message}")));

    // What is wrong with a patch only shows in what it makes of the object.
    private static ApiException Undecodable(WriteContext context, JsonObject document, string why) => context.Request.Method == "PATCH"
        ? ApiException.Invalid("", "", "", [StatusCause.Invalid("patch", JsonValue.Create(document.Shown()).Shown(), why)])
        : ApiException.BadRequest($"{context.Type.Kind} in version \"{context.Type.Version}\" cannot be handled as a {context.Type.Kind}: {why}");

    /// <summary>Checks a whole document by its schema, then by its kind's rules, then by those of its definition.</summary>
    /// <param name="context">The request.</param>
    /// <param name="document">The document.</param>
    /// <param name="old">The document before; null for a new one. What was wrong with it, and has not changed, is let pass in custom resources.</param>
    /// <param name="rules">The rules of the kind, those of the metadata first.</param>
    /// <param name="metadata">Those of the metadata alone.</param>
    /// <param name="cancellation">Ends the evaluation of a definition's rules.</param>
    public static void Validate(
        WriteContext context, JsonObject document, JsonObject? old, Func<JsonObject, IReadOnlyList<StatusCause>> rules, Func<JsonObject, IReadOnlyList<StatusCause>> metadata, CancellationToken cancellation)
    {
        var schema = context.Type.Schema;
        IReadOnlyList<StatusCause> causes = SchemaValidator.Validate(schema, document);
        if (causes.Count > 0 && !context.Type.IsCustom && context.Request.Method != "PATCH" && causes.Any(IsUnreadable)) throw Unreadable(context, document, causes.Where(IsUnreadable));
        if (causes.Count > 0 && old is not null && context.Type.IsCustom) causes = SchemaValidator.ValidateChange(schema, document, old);
        // Rules read values of the types that the schema promises; those of other types would only yield misleading messages.
        if (causes.Count == 0) causes = ByRules();
        else if (context.Type.IsCustom) causes = [.. metadata(document), .. causes];
        else if (causes.All(c => c.Reason is "FieldValueNotSupported" or "FieldValueRequired")) causes = Union(context.Resource.Rules, causes, ByRules());
        var (refused, warned) = SchemaValidator.EvaluateRules(schema, document, old, causes, cancellation);
        foreach (var cause in warned) context.Warn($"{cause.Field}: {cause.Message}");
        if (refused.Count > 0) causes = [.. causes, .. refused];
        if (causes.Count > 0) throw context.Invalid(document.Name, causes);

        IReadOnlyList<StatusCause> ByRules() => context.Path.Subresource.Length > 0 ? rules(document) : Union(context.Resource.Rules, ExpressionCheck.Of(context.Type, document, old), rules(document));
    }

    // What the rules say of a field is in Kubernetes' words, and comes in place of what the schema says of it.
    private static IReadOnlyList<StatusCause> Union(KindRules rules, IReadOnlyList<StatusCause> bySchema, IReadOnlyList<StatusCause> byRules) =>
        byRules.Count == 0 ? bySchema : [.. bySchema.Where(s => !byRules.Any(r => IsSameFault(rules, s, r))), .. byRules];

    // Of some lists and strategies Kubernetes tells an unknown item or type as a fault of the whole.
    private static bool IsSameFault(KindRules rules, StatusCause bySchema, StatusCause byRules)
    {
        if (rules.IsToldAt(bySchema.Field, byRules.Field)) return true;
        if (bySchema.Reason != "FieldValueNotSupported" || byRules.Reason is not ("FieldValueNotSupported" or "FieldValueInvalid")) return false;
        var holder = bySchema.Field.EndsWith(']') ? bySchema.Field[..bySchema.Field.LastIndexOf('[')] : bySchema.Field.EndsWith(".type", StringComparison.Ordinal) ? bySchema.Field[..^".type".Length] : null;
        return holder == byRules.Field;
    }

    // What Kubernetes cannot decode into its struct: values of a wrong type or form. Other causes are of values that it has read.
    private static bool IsUnreadable(StatusCause cause) => cause.Reason is "FieldValueTypeInvalid" or "FieldValueInvalid";

    /// <summary>Refuses bytes that are too large to be stored.</summary>
    public static byte[] CheckSize(byte[] bytes, JsonObject document) => bytes.Length <= MaxObjectBytes
        ? bytes
        : throw new ApiException(413, "RequestEntityTooLarge",
            $"{document.Kind} \"{document.Name}\" takes {bytes.Length} bytes; at most {MaxObjectBytes} bytes can be stored");
}
