using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.Writes;

/// <summary>What a write must meet beyond its own document: its namespace exists and is not going away.</summary>
internal sealed class Admission(CacheFeed feed, Committer committer, CustomResources.CustomResourceService definitions)
{
    private static readonly string NamespacePrefix = ServedResource.PrefixOf("", "namespaces");
    private readonly ResourceCache _namespaces = feed.For(NamespacePrefix);

    public async ValueTask AdmitCreateAsync(WriteContext context, JsonObject document, CancellationToken cancellation)
    {
        if (context.Type.Namespaced) await RequireNamespaceAsync(context, document, cancellation);
        if (context.Type is { Group: CustomResources.CustomResourceService.Group, Plural: CustomResources.CustomResourceService.Plural })
            definitions.Accept(document, isNew: true);
    }

    public void AdmitUpdate(WriteContext context, JsonObject document)
    {
        if (context.Type is { Group: CustomResources.CustomResourceService.Group, Plural: CustomResources.CustomResourceService.Plural })
            definitions.Accept(document, isNew: false);
    }

    /// <summary>Waits, where the write changes what is served, until it is.</summary>
    public ValueTask AfterWriteAsync(WriteContext context, CachedObject written, CancellationToken cancellation) =>
        context is { DryRun: false, Type: { Group: CustomResources.CustomResourceService.Group, Plural: CustomResources.CustomResourceService.Plural } }
            ? feed.WaitForAsync(written.Revision, cancellation)
            : ValueTask.CompletedTask;

    private async ValueTask RequireNamespaceAsync(WriteContext context, JsonObject document, CancellationToken cancellation)
    {
        var name = context.Path.Namespace;
        await feed.WaitForAsync(committer.NamespacesWritten, cancellation);
        var ns = _namespaces.Find(NamespacePrefix + name);
        if (ns is null)
        {
            await feed.WaitUntilFreshAsync(cancellation);
            ns = _namespaces.Find(NamespacePrefix + name) ?? throw ApiException.NotFound("", "namespaces", name);
        }
        if (ns.Field("metadata.deletionTimestamp").Length == 0) return;
        var shown = document.Name.Length > 0 ? document.Name : document.GenerateName;
        var why = $"unable to create new content in namespace {name} because it is being terminated";
        throw new ApiException(403, "Forbidden", $"{context.Type.GroupResource} \"{shown}\" is forbidden: {why}")
        {
            Group = context.Type.Group,
            Kind = context.Type.Plural,
            Name = shown,
            Causes = [new StatusCause("NamespaceTerminating", "metadata.namespace", $"namespace {name} is being terminated")],
        };
    }
}
