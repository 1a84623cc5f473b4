using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.ApiServer.Authorization.Rbac;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.CustomResources;

namespace Slipway.ApiServer.Writes;

/// <summary>Custom resource definitions are accepted as they are written, and served when the write is answered.</summary>
internal sealed class DefinitionAcceptance(CacheFeed feed, CustomResourceService definitions)
{
    /// <summary>Completes a definition that is about to be written with its status.</summary>
    public void Accept(WriteContext context, JsonObject document, bool isNew)
    {
        if (IsDefinition(context.Type)) definitions.Accept(document, isNew);
    }

    /// <summary>Waits, where the write changes what is served or who may do what, until it is so.</summary>
    public ValueTask AfterWriteAsync(WriteContext context, CachedObject written, CancellationToken cancellation) =>
        !context.DryRun && (IsDefinition(context.Type) || context.Type.Group == PolicyIndex.Group) ? feed.WaitForAsync(written.Revision, cancellation) : ValueTask.CompletedTask;

    private static bool IsDefinition(ResourceType type) => type is { Group: CustomResourceService.Group, Plural: CustomResourceService.Plural };
}
