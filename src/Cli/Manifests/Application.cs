using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Cli.Resources;
using Slipway.Client;

namespace Slipway.Cli.Manifests;

/// <summary>What became of an applied document.</summary>
/// <param name="Label">How messages name it.</param>
/// <param name="Outcome"><c>created</c>, <c>configured</c> or <c>unchanged</c>.</param>
/// <param name="Object">The object as the server has it now.</param>
internal sealed record Applied(string Label, string Outcome, JsonObject Object);

/// <summary>
/// Brings objects to what documents declare: creates them, or changes what the document declares and what the last
/// applied one declared and this one does not. That last document is kept in kubectl's annotation, so that both tools
/// can be used in turn.
/// </summary>
internal sealed class Application(ApiConnection connection)
{
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    private ServedResources? resources;

    /// <summary>Applies one document.</summary>
    public async Task<Applied> ApplyAsync(Manifest manifest, CancellationToken cancellation)
    {
        try
        {
            var resource = await FindAsync(manifest, cancellation);
            return await ApplyAsync(resource, manifest.Document.DeepClone().AsObject(), cancellation);
        }
        catch (ApiException e)
        {
            throw new CommandException($"{manifest.Source}: {e.Message}");
        }
    }

    private async Task<Applied> ApplyAsync(ServedResource resource, JsonObject wanted, CancellationToken cancellation)
    {
        var ns = wanted.Namespace.Length > 0 ? wanted.Namespace : connection.Namespace;
        var collection = resource.CollectionPath(ns);
        if (wanted.Name.Length == 0) return Result(resource, "created", await SendAsync("POST", collection, wanted, MediaTypes.Json, cancellation));

        var path = resource.ObjectPath(ns, wanted.Name);
        if (await ReadAsync(path, cancellation) is not { } live)
        {
            Annotate(wanted);
            return Result(resource, "created", await SendAsync("POST", collection, wanted, MediaTypes.Json, cancellation));
        }
        var last = (string?)live.Annotations?[LastApplied] is { Length: > 0 } text ? DocumentReader.ParseJson(System.Text.Encoding.UTF8.GetBytes(text)) : [];
        var changes = ThreeWayPatch.Between(Spec(last), Spec(wanted), live);
        if (changes.Count == 0) return Result(resource, "unchanged", live);
        Annotate(wanted);
        var patch = ThreeWayPatch.Between(Spec(last), Spec(wanted, withAnnotation: true), live);
        var changed = await SendAsync("PATCH", path, patch, MediaTypes.MergePatch, cancellation);
        return Result(resource, changed.ResourceVersion == live.ResourceVersion ? "unchanged" : "configured", changed);
    }

    /// <summary>A custom kind may be declared by a document applied a moment ago.</summary>
    private async Task<ServedResource> FindAsync(Manifest manifest, CancellationToken cancellation)
    {
        var (apiVersion, kind) = (manifest.Document.ApiVersion, manifest.Document.Kind);
        resources ??= await ServedResources.LoadAsync(connection.Api, cancellation);
        if (!resources.Serves(apiVersion, kind)) resources = await ServedResources.LoadAsync(connection.Api, cancellation);
        try
        {
            return resources.Find(apiVersion, kind);
        }
        catch (CommandException e)
        {
            throw new CommandException($"{manifest.Source}: {e.Message}");
        }
    }

    private async Task<JsonObject?> ReadAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return DocumentReader.ParseJson((await connection.Api.SendForBodyAsync(new ApiRequest("GET", path), cancellation)).Span);
        }
        catch (ApiException e) when (e.Code == 404 && e.Reason == "NotFound")
        {
            return null;
        }
    }

    private async Task<JsonObject> SendAsync(string method, string path, JsonObject body, string contentType, CancellationToken cancellation)
    {
        var request = new ApiRequest(method, path + "?fieldManager=slipway-apply&fieldValidation=Strict") { Body = System.Text.Encoding.UTF8.GetBytes(body.ToJsonString()), ContentType = contentType };
        return DocumentReader.ParseJson((await connection.Api.SendForBodyAsync(request, cancellation)).Span);
    }

    private static Applied Result(ServedResource resource, string outcome, JsonObject document) => new(resource.Describe(document.Name), outcome, document);

    private static void Annotate(JsonObject document)
    {
        var text = Spec(document).ToJsonString();
        var annotations = document.Annotations;
        if (annotations is null) document.Annotations = annotations = [];
        annotations[LastApplied] = text;
    }

    // What a document declares: status and what the server writes in metadata are not the user's to declare.
    private static JsonObject Spec(JsonObject document, bool withAnnotation = false)
    {
        var spec = document.DeepClone().AsObject();
        spec.Remove("status");
        if (spec["metadata"] is not JsonObject metadata) return spec;
        foreach (var field in (string[])["resourceVersion", "uid", "creationTimestamp", "generation", "managedFields", "selfLink"]) metadata.Remove(field);
        if (!withAnnotation && metadata["annotations"] is JsonObject annotations)
        {
            annotations.Remove(LastApplied);
            if (annotations.Count == 0) metadata.Remove("annotations");
        }
        return spec;
    }
}
