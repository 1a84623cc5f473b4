using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;
using Slipway.Cli.Resources;
using Slipway.Client;

namespace Slipway.Cli.Manifests;

/// <summary>What became of an applied document.</summary>
/// <param name="Label">How messages name it.</param>
/// <param name="Outcome"><c>created</c>, <c>configured</c> or <c>unchanged</c>.</param>
/// <param name="Object">The object as the server has it now.</param>
internal sealed record Applied(string Label, string Outcome, JsonObject Object)
{
    /// <summary>The object as it was before; null if it was not there.</summary>
    public JsonObject? Before { get; init; }
}

/// <summary>
/// Brings objects to what documents declare, by server-side apply: what a document no longer declares goes, what others have set stays.
/// </summary>
/// <param name="connection">The server.</param>
/// <param name="force">Whether fields are taken over that others own.</param>
/// <param name="dryRun">Whether the server only says what would become of the objects.</param>
internal sealed class Application(ApiConnection connection, bool force = false, bool dryRun = false)
{
    private const string Manager = "slipway";
    private const string Conflict = "FieldManagerConflict";

    // Stands for what an object had before anybody applied to it on the server; it asks for nothing.
    private const string BeforeFirstApply = "conflict with \"before-first-apply\"";

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
            throw Refusal(manifest, e);
        }
        catch (CommandException e)
        {
            throw new CommandException($"{manifest.Source}: {e.Message}");
        }
    }

    // A server names fields as server-side apply does, and stops at the first kind of fault; of these kinds it is known here what is wrong, and what to write.
    private static CommandException Refusal(Manifest manifest, ApiException refusal)
    {
        if (refusal.Code is 400 or 422 && OwnKindCheck.IsOfGroup(manifest.Document) && OwnKindCheck.Check(manifest.Document) is { Count: > 0 } causes)
            return manifest.Refusal(causes);
        return new($"{(refusal.Code == 422 && refusal.Causes is [var first, ..] ? manifest.Place(first.Field) : manifest.Source)}: {refusal.Message}");
    }

    private async Task<Applied> ApplyAsync(ServedResource resource, JsonObject wanted, CancellationToken cancellation)
    {
        var ns = wanted.Namespace.Length > 0 ? wanted.Namespace : connection.Namespace;
        var collection = resource.CollectionPath(ns);
        if (wanted.Name.Length == 0) return Result(resource, "created", await SendAsync("POST", collection, wanted, MediaTypes.Json, cancellation));

        var path = resource.ObjectPath(ns, wanted.Name);
        var live = await ReadAsync(path, cancellation);
        var configuration = Declared(wanted);
        var applied = await SendAsync(configuration, path, cancellation);
        return Result(resource, live is null ? "created" : applied.ResourceVersion == live.ResourceVersion ? "unchanged" : "configured", applied) with { Before = live };
    }

    private async Task<JsonObject> SendAsync(JsonObject configuration, string path, CancellationToken cancellation)
    {
        try
        {
            return await SendAsync("PATCH", path, configuration, MediaTypes.ApplyPatch, cancellation, force);
        }
        catch (ApiException e) when (e.Code == 409 && e.Causes.Any(c => c.Reason == Conflict))
        {
            if (e.Causes.All(c => c.Message.StartsWith(BeforeFirstApply, StringComparison.Ordinal)))
                return await SendAsync("PATCH", path, configuration, MediaTypes.ApplyPatch, cancellation, force: true);
            var owners = e.Causes.GroupBy(c => c.Message.Replace("conflict with ", "", StringComparison.Ordinal), c => c.Field);
            throw new CommandException($"{configuration.Kind} {configuration.Name}: "
                + $"{string.Join("; ", owners.Select(o => $"{string.Join(", ", o)} {(o.Count() == 1 ? "belongs" : "belong")} to {o.Key}"))}; leave out what is not yours, or take it over with --force-conflicts");
        }
    }

    /// <summary>A custom kind may be declared by a document applied a moment ago.</summary>
    private async Task<ServedResource> FindAsync(Manifest manifest, CancellationToken cancellation)
    {
        var (apiVersion, kind) = (manifest.Document.ApiVersion, manifest.Document.Kind);
        resources ??= await ServedResources.LoadAsync(connection.Api, cancellation);
        if (!resources.Serves(apiVersion, kind)) resources = await ServedResources.LoadAsync(connection.Api, cancellation);
        return resources.Find(apiVersion, kind);
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

    private async Task<JsonObject> SendAsync(string method, string path, JsonObject body, string contentType, CancellationToken cancellation, bool force = false)
    {
        var query = $"?fieldManager={Manager}&fieldValidation=Strict{(force ? "&force=true" : "")}{(dryRun ? "&dryRun=All" : "")}";
        var request = new ApiRequest(method, path + query) { Body = System.Text.Encoding.UTF8.GetBytes(body.ToJsonString()), ContentType = contentType };
        return DocumentReader.ParseJson((await connection.Api.SendForBodyAsync(request, cancellation)).Span);
    }

    private static Applied Result(ServedResource resource, string outcome, JsonObject document) => new(resource.Describe(document.Name), outcome, document);

    // What a document declares: status and what the server writes in metadata are not the user's to declare.
    private static JsonObject Declared(JsonObject document)
    {
        var declared = document.DeepClone().AsObject();
        declared.Remove("status");
        if (declared["metadata"] is not JsonObject metadata) return declared;
        foreach (var field in (string[])["resourceVersion", "uid", "creationTimestamp", "generation", "managedFields", "selfLink"]) metadata.Remove(field);
        return declared;
    }
}
