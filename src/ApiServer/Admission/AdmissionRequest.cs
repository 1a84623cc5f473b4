using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Conversions;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;
using Slipway.ApiServer.Admission.Webhooks;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Writes;

namespace Slipway.ApiServer.Admission;

/// <summary>What a request wants to do, in the words of admission.</summary>
internal enum Operation { Create, Update, Delete, Connect }

/// <summary>
/// One write as admission sees it
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#request"/>).
/// Mutating plugins change <see cref="Object"/> or put another one in its place.
/// </summary>
internal sealed class AdmissionRequest(WriteContext context, Operation operation, JsonObject? document, JsonObject? old)
{
    public Operation Operation { get; } = operation;

    public ServedResource Resource => context.Resource;

    public ResourceType Type => context.Type;

    /// <summary>Name of the subresource; empty for the resource itself.</summary>
    public string Subresource => context.Path.Subresource;

    /// <summary>The object as it is to be stored, or what was posted to a subresource; null for a deletion.</summary>
    public JsonObject? Object { get; set; } = document;

    /// <summary>The object as it is stored; null for a creation. Not to be changed.</summary>
    public JsonObject? OldObject { get; } = old;

    public UserInfo User => context.User;

    public bool DryRun => context.DryRun;

    /// <summary>The namespace; for a namespace its own name, and empty for other cluster-scoped objects.</summary>
    public string Namespace => IsNamespace ? Name : context.Path.Namespace.Length > 0 || !Type.Namespaced ? context.Path.Namespace : (Object ?? OldObject)?.Namespace ?? "";

    /// <summary>The name in the path or in the object; empty while it has yet to be generated.</summary>
    public string Name { get; } = context.Path.Name.Length > 0 ? context.Path.Name : (document ?? old)?.Name ?? "";

    /// <summary>Whether the request is about a namespace itself.</summary>
    public bool IsNamespace => Type is { Group: "", Plural: "namespaces" };

    /// <summary>Whether the plugins see the request for a second time, because a webhook or policy has changed what earlier ones had seen.</summary>
    public bool IsReinvocation { get; set; }

    /// <summary>Set by a webhook or policy that has changed the object after others had seen it.</summary>
    public bool NeedsReinvocation { get; set; }

    /// <summary>What the mutating webhooks remember between their two rounds.</summary>
    public ReinvocationRounds? WebhookRounds { get; set; }

    /// <summary>What the mutating policies remember between their two rounds.</summary>
    public ReinvocationRounds? PolicyRounds { get; set; }

    /// <summary>Type of what is written, or of what was posted to a subresource.</summary>
    public (string Group, string Version, string Kind) Kind => Subresource switch
    {
        "scale" => ("autoscaling", "v1", "Scale"),
        "binding" => ("", "v1", "Binding"),
        "eviction" => ("policy", "v1", "Eviction"),
        "token" => ("authentication.k8s.io", "v1", "TokenRequest"),
        _ when Operation == Operation.Connect => ("", "v1", SubresourceType.Of(Type, Subresource)?.Kind ?? Type.Kind),
        _ => (Type.Group, Type.Version, Type.Kind),
    };

    /// <summary>A document of the request as it looks from outside in a version of the resource; for <c>scale</c> the scale.</summary>
    public async ValueTask<JsonObject?> ViewAsync(JsonObject? document, ServedResource resource, CancellationToken cancellation)
    {
        if (document is null) return null;
        return Subresource == "scale" && Type.Scale is { } paths ? ScaleDocument.BeforeChange(document, paths) : await VersionConversion.ConvertAsync(document, Resource, resource, cancellation);
    }

    /// <summary>The object and the one before it, as <see cref="ViewAsync"/> shows them.</summary>
    public async ValueTask<(JsonObject? Document, JsonObject? Old)> ViewsAsync(ServedResource resource, CancellationToken cancellation) =>
        (await ViewAsync(Object, resource, cancellation), await ViewAsync(OldObject, resource, cancellation));

    /// <summary>The schema of what <see cref="ViewAsync"/> gives.</summary>
    /// <exception cref="ApiException">503: the kind has none.</exception>
    public Schema SchemaOf(ServedResource resource)
    {
        var (group, version, kind) = Kind;
        if (kind == Type.Kind) return resource.Type.Schema;
        return BuiltInKinds.FindSchema(BuiltInKinds.DefinitionName(group, version, kind))
            ?? (Operation == Operation.Connect ? ConnectSchemas.Find(kind) : null)
            ?? throw new ApiException(503, "ServiceUnavailable", $"Resource kind {group}/{version}, Kind={kind} not found.");
    }

    /// <summary>Puts what somebody has made of the object, in the form of <see cref="ViewAsync"/>, in its place.</summary>
    /// <returns>Whether it is another object than before.</returns>
    public async ValueTask<bool> AcceptAsync(JsonObject changed, ServedResource resource, CancellationToken cancellation)
    {
        if (Subresource == "scale" && Type.Scale is { } paths)
        {
            changed = ScaleDocument.Apply((JsonObject)Object!.DeepClone(), changed, paths);
        }
        else if (changed.Kind == resource.Type.Kind)
        {
            changed = await VersionConversion.ConvertAsync(changed, resource, Resource, cancellation);
            Complete(changed);
        }
        if (JsonNode.DeepEquals(Object, changed)) return false;
        Object = changed;
        return true;
    }

    /// <summary>How the client wants it done: the document of <c>CreateOptions</c>, <c>UpdateOptions</c>, <c>PatchOptions</c> or <c>DeleteOptions</c>.</summary>
    public JsonObject Options() => RequestOptions.Of(context, Operation);

    /// <summary>Checks, prunes and completes an object as after decoding, because somebody from outside has changed it.</summary>
    public void Complete(JsonObject document)
    {
        DocumentSteps.CheckIdentity(context, document);
        DocumentSteps.Recomplete(context, document);
    }

    /// <summary>Notes how long webhooks were waited for.</summary>
    public void NoteWait(TimeSpan time) => context.Waited += time;

    public void Warn(string warning) => context.Warn(warning);

    /// <summary>Tells the audit log something, under a key.</summary>
    public void Annotate(string key, string value) => context.Annotate(key, value);

    /// <summary>403 with what is refused and why.</summary>
    public ApiException Forbidden(string why, params IReadOnlyList<StatusCause> causes)
    {
        var shown = ShownName;
        return new(403, "Forbidden", $"{Type.GroupResource} \"{shown}\" is forbidden: {why}")
        {
            Group = Type.Group,
            Kind = Type.Plural,
            Name = shown,
            Causes = causes,
        };
    }

    /// <summary>The name for messages, also where it is not known yet.</summary>
    public string ShownName
    {
        get
        {
            if (Name.Length > 0) return Name;
            if (Object?.Name is { Length: > 0 } given) return given;
            return Object?.GenerateName is { Length: > 0 } prefix ? prefix : "Unknown";
        }
    }
}
