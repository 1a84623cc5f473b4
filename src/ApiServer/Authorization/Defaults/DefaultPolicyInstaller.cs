using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Authorization.Rbac;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Authorization.Defaults;

/// <summary>
/// Creates the default roles and bindings that are missing, completes those that were cut back and takes the rights of parts that do not
/// run, unless their annotation says to leave them alone (<see href="https://kubernetes.io/docs/reference/access-authn-authz/rbac/#auto-reconciliation"/>).
/// </summary>
/// <param name="feed">The caches, filled.</param>
/// <param name="api">The API as this server itself.</param>
internal sealed class DefaultPolicyInstaller(CacheFeed feed, IApi api)
{
    private const string Collection = $"/apis/{PolicyIndex.Group}/v1";

    /// <summary>Installs all at once, so that they are committed together.</summary>
    /// <exception cref="InvalidOperationException">A document was refused.</exception>
    public async Task InstallAsync(DefaultPolicy policy, CancellationToken cancellation)
    {
        var writes = new List<Task>();
        foreach (var role in policy.Roles)
        {
            var plural = role.Key.Namespace.Length == 0 ? "clusterroles" : "roles";
            if (Find(plural, role.Key.Namespace, role.Key.Name) is not { } existing) writes.Add(WriteAsync("POST", plural, DefaultPolicyDocuments.Of(role, policy), cancellation));
            else if (DefaultPolicyDocuments.Complete(existing, role, policy)) writes.Add(WriteAsync("PUT", plural, existing, cancellation));
        }
        foreach (var binding in policy.Bindings)
        {
            if (Find(binding) is not { } existing) writes.Add(WriteAsync("POST", PluralOf(binding), DefaultPolicyDocuments.Of(binding), cancellation));
            else if (DefaultPolicyDocuments.Complete(existing, binding)) writes.Add(WriteAsync("PUT", PluralOf(binding), existing, cancellation));
        }
        foreach (var binding in policy.Withdrawn)
            if (Find(binding) is { } existing && DefaultPolicyDocuments.Withdraw(existing, binding)) writes.Add(WriteAsync("PUT", PluralOf(binding), existing, cancellation));
        if (writes.Count == 0) return;
        await Task.WhenAll(writes);
        await feed.WaitUntilFreshAsync(cancellation);
    }

    private static string PluralOf(RoleBinding binding) => binding.Namespace.Length == 0 ? "clusterrolebindings" : "rolebindings";

    private JsonObject? Find(RoleBinding binding) => Find(PluralOf(binding), binding.Namespace, binding.Name);

    private JsonObject? Find(string plural, string ns, string name)
    {
        var prefix = ServedResource.PrefixOf(PolicyIndex.Group, plural);
        var item = feed.For(prefix).Find(ns.Length == 0 ? prefix + name : $"{prefix}{ns}/{name}");
        return item is null ? null : (JsonObject)JsonNode.Parse(item.Bytes.Json.Span, documentOptions: Nesting.Document)!;
    }

    private async Task WriteAsync(string method, string plural, JsonObject document, CancellationToken cancellation)
    {
        var collection = document.Namespace.Length == 0 ? $"{Collection}/{plural}" : $"{Collection}/namespaces/{document.Namespace}/{plural}";
        var path = method == "POST" ? collection : $"{collection}/{Uri.EscapeDataString(document.Name)}";
        await using var response = await api.SendAsync(new ApiRequest(method, path) { Body = JsonBytes.Of(document) }, cancellation);
        // Another server may do the same at the same time.
        if (!response.IsSuccess && response.StatusCode != 409)
            throw new InvalidOperationException($"{document.Kind} {document.Name} could not be installed: {Encoding.UTF8.GetString(response.Body.Span)}");
    }
}
