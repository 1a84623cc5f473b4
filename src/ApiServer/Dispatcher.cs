using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Aggregation;
using Slipway.ApiServer.Audit;
using Slipway.ApiServer.Authentication;
using Slipway.ApiServer.Authorization;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.CustomResources;
using Slipway.ApiServer.Discovery;
using Slipway.ApiServer.Metrics;
using Slipway.ApiServer.Negotiation;
using Slipway.ApiServer.Reads;
using Slipway.ApiServer.Routing;
using Slipway.ApiServer.Subresources;
using Slipway.ApiServer.Subresources.Connections;
using Slipway.ApiServer.Usage;
using Slipway.ApiServer.Wire;
using Slipway.ApiServer.Writes;
using Slipway.Storage;

namespace Slipway.ApiServer;

/// <summary>The one router: finds what a request is about, whether its user may do it, and who answers it.</summary>
internal sealed class Dispatcher(
    ApiServerOptions options,
    CustomResourceService definitions,
    CacheFeed feed,
    ObjectReader reader,
    Presenters presenters,
    Writers writers,
    PodLogs logs,
    PodStreams streams,
    Proxies proxies,
    Descriptions descriptions,
    ComponentStatuses components,
    UsageMetrics usage,
    Aggregator aggregator,
    Authorizer authorizer,
    Reviews reviews,
    TokenRequests tokens,
    OidcDiscovery oidc,
    ServerMetrics metrics,
    TimeProvider clock,
    ILogger log)
{
    /// <summary>Answers a request of an authenticated user; refusals are replies.</summary>
    /// <param name="user">Who asks.</param>
    /// <param name="request">The request.</param>
    /// <param name="path">Its path.</param>
    /// <param name="query">Its query.</param>
    /// <param name="audit">What is told of it to the audit log; null when it is not recorded.</param>
    /// <param name="cancellation">Ends the work.</param>
    public async ValueTask<Reply> DispatchAsync(UserInfo user, ApiRequest request, RequestPath path, Query query, AuditAnnotations? audit, CancellationToken cancellation)
    {
        var reply = await AnswerAsync(user, request, path, query, audit, cancellation);
        if (Accept.PrefersProtobuf(request.Accept)) return reply.ToProtobuf();
        return Readers.ArePeople(request, path, query) ? reply.ToPretty() : reply;
    }

    private async ValueTask<Reply> AnswerAsync(UserInfo user, ApiRequest request, RequestPath path, Query query, AuditAnnotations? audit, CancellationToken cancellation)
    {
        try
        {
            return await RouteAsync(user, request, path, query, audit, cancellation);
        }
        catch (ApiException refusal)
        {
            return StatusBody.Reply(refusal);
        }
        catch (CompactedException e)
        {
            return StatusBody.Reply(ApiException.Expired($"The resourceVersion for the provided list is too old: {e.Message}"));
        }
        catch (ExpiredListException e)
        {
            return StatusBody.Expired(e.Next.ToString());
        }
        catch (StoreFullException e)
        {
            log.LogError("a write was refused because the disk is full: {Cause}", e.Message);
            return StatusBody.Reply(new ApiException(507, "InsufficientStorage", $"no space left on the device of the data directory: free some and try again ({e.Message})"));
        }
        catch (StoreValueTooLargeException e)
        {
            return StatusBody.Reply(new ApiException(413, "RequestEntityTooLarge", $"Request entity too large: {e.Message}"));
        }
        catch (StoreUnreachableException e)
        {
            log.LogError("{Method} {Path} failed because the store is unreachable: {Cause}", request.Method, request.PathAndQuery, e.Message);
            return StatusBody.Reply(Unreachable(e));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The boundary of all requests: one that fails unexpectedly must not take the server down.
            log.LogError(e, "{Method} {Path} failed", request.Method, request.PathAndQuery);
            return StatusBody.Reply(ApiException.Internal($"Internal error occurred: {e.Message}"));
        }
    }

    private async ValueTask<Reply> RouteAsync(UserInfo user, ApiRequest request, RequestPath path, Query query, AuditAnnotations? audit, CancellationToken cancellation)
    {
        // 1. What is it about?
        if (!path.IsResource)
        {
            if (options.Hooks is { } hooks && Authenticator.IsHook(path.Path)) return new Reply { Forwarded = await hooks(request, cancellation) };
            Authorize(AccessRequest.ForPath(user, request.Method, path.Path), audit);
            if (aggregator.Find(path) is { } other) return new Reply { Forwarded = await aggregator.SendAsync(other, user, request, cancellation) };
            if (ExtensionOf(path.Path) is { } described) return new Reply { Forwarded = await described.SendAsync(user, request, cancellation) };
            if (request.Method is "GET" or "HEAD" && oidc.Answer(path.Path) is { } discovered) return discovered;
            if (request.Method is "GET" or "HEAD" && path.Path == "/metrics") return await metrics.ReadAsync(definitions.Catalog, feed, cancellation);
            return await descriptions.AnswerAsync(path.Path, QueryOf(request), request, cancellation) ?? throw UnknownPath();
        }
        var verb = Verbs.For(request, path, query) ?? throw NotAllowed();

        if (path.IsWatch && verb != "watch") throw NotAllowed();

        // 2. May the user?
        Authorize(AccessRequest.ForResource(user, verb, path, query), audit);

        // 3. Who answers?
        if (aggregator.Find(path) is { } server) return new Reply { Forwarded = await aggregator.SendAsync(server, user, request, cancellation) };
        if (ExtensionOf(path.Path) is { } extension) return new Reply { Forwarded = await extension.SendAsync(user, request, cancellation) };
        var resource = await FindAsync(path, cancellation) ?? throw UnknownPath();
        if (resource.Type.Namespaced ? path.Namespace.Length == 0 && path.Name.Length > 0 : path.Namespace.Length > 0) throw UnknownPath();
        // The objects of all namespaces are listed and watched, but not created or deleted at once.
        if (verb is "create" or "deletecollection" && resource.Type.Namespaced && path.Namespace.Length == 0) throw NotAllowed();

        var representation = path.Subresource == "log" || path.IsConnection ? Representation.Json : Accept.ForObjects(request.Accept, resource.Type.HasProtobuf, HasViews(resource.Type, path), isStream: verb == "watch");
        var presenter = presenters.For(path.Subresource == "scale" ? resource.Scale ?? resource : resource, representation, query);
        var reply = await OnResourceAsync(verb, new(resource, path, query, request, user, presenter, audit), cancellation);
        return representation.Format == Format.Yaml ? reply.ToYaml() : reply;
    }

    // What is no object, such as a question or a token, has no table and no metadata of its own.
    private static bool HasViews(ResourceType type, RequestPath path) => !Reviews.Serves(type) && path.Subresource is not ("token" or "eviction" or "binding");

    private void Authorize(AccessRequest access, AuditAnnotations? audit)
    {
        var (began, isAllowed) = (clock.GetTimestamp(), false);
        try
        {
            authorizer.Require(access, audit);
            isAllowed = true;
        }
        finally
        {
            metrics.Authorization.Observe(isAllowed, clock.GetElapsedTime(began));
        }
    }

    private async ValueTask<Reply> OnResourceAsync(string verb, WriteContext context, CancellationToken cancellation)
    {
        try
        {
            var reply = await (context.Path.Subresource.Length == 0 ? OnObjectAsync(verb, context, cancellation) : OnSubresourceAsync(verb, context, cancellation));
            return context.Waited == TimeSpan.Zero ? reply : reply with { Waited = context.Waited };
        }
        catch (ApiException refusal) when (context.Warnings.Count > 0 || context.Waited > TimeSpan.Zero)
        {
            // Who is refused learns what they were warned of, too.
            var reply = StatusBody.Reply(refusal);
            return reply with { Headers = [.. reply.Headers, .. context.WarningHeaders()], Waited = context.Waited };
        }
    }

    private async ValueTask<Reply> OnObjectAsync(string verb, WriteContext context, CancellationToken cancellation)
    {
        var (resource, path) = (context.Resource, context.Path);
        if (!Verbs.Of(resource).Contains(verb) || (verb == "create" && path.Name.Length > 0)) throw NotAllowed();
        if (Reviews.Serves(resource.Type)) return await reviews.AnswerAsync(context, cancellation);
        if (resource.Type is { Group: "", Plural: "bindings" }) return await BindAsync(context, cancellation);
        if (resource.Type is { Group: "", Plural: "componentstatuses" }) return await components.AnswerAsync(verb, context, cancellation);
        if (resource.Type.Group == UsageMetrics.Group) return await usage.AnswerAsync(verb, context, cancellation);
        if (!resource.Type.IsStored) throw NotServed(resource.Type.GroupResource);
        return verb switch
        {
            "get" => await reader.GetAsync(resource, path.Namespace, path.Name, ListOptions.ParseRevision(context.Query["resourceVersion"]), context.Presenter, cancellation),
            "list" => await reader.ListAsync(resource, path.Namespace, ListOptions.Parse(context.Query, resource, false), context.Presenter, cancellation),
            "watch" => await WatchAsync(context, cancellation),
            "create" => await writers.Creation.CreateAsync(context, cancellation),
            "update" => await writers.Update.ReplaceAsync(context, cancellation),
            "patch" => await writers.Patching.PatchAsync(context, cancellation),
            "delete" => await writers.Deletion.DeleteAsync(context, cancellation),
            _ => await writers.Deletion.DeleteCollectionAsync(context, ListOptions.Parse(context.Query, resource, false), cancellation),
        };
    }

    private async ValueTask<Reply> OnSubresourceAsync(string verb, WriteContext context, CancellationToken cancellation)
    {
        var (resource, path) = (context.Resource, context.Path);
        var served = Verbs.Of(resource, path.Subresource);
        if (served.Count == 0) throw UnknownPath();
        if (verb.Length > 0 && !served.Contains(verb)) throw NotAllowed();
        return (path.Subresource, verb) switch
        {
            ("log", _) => await logs.ReadAsync(resource, path, context.Query, cancellation),
            ("exec" or "attach" or "portforward", _) => await streams.ConnectAsync(context, cancellation),
            ("proxy", _) => await proxies.ForwardAsync(context, cancellation),
            ("binding", _) => await writers.Binding.BindAsync(context, cancellation),
            ("token", _) => await tokens.CreateAsync(context, cancellation),
            ("scale", _) => await writers.Scaling.AnswerAsync(verb, context, cancellation),
            ("eviction", _) => await writers.Evictions.EvictAsync(context, cancellation),
            ("status" or "approval" or "ephemeralcontainers" or "resize", "get") => await reader.GetAsync(resource, path.Namespace, path.Name, null, context.Presenter, cancellation),
            ("status" or "approval" or "ephemeralcontainers" or "resize", "patch") => await writers.Patching.PatchAsync(context, cancellation),
            ("status" or "approval" or "ephemeralcontainers" or "resize" or "finalize", _) => await writers.Update.ReplaceAsync(context, cancellation),
            _ => throw NotServed($"{resource.Type.GroupResource}/{path.Subresource}"),
        };
    }

    // The form of pods/NAME/binding of old: the body names the pod.
    private async ValueTask<Reply> BindAsync(WriteContext context, CancellationToken cancellation)
    {
        var name = RequestDocument.Read(context.Request).Name;
        if (name.Length == 0) throw ApiException.BadRequest("metadata.name of a Binding must name the pod");
        var path = RequestPath.Parse($"/api/v1/namespaces/{Uri.EscapeDataString(context.Path.Namespace)}/pods/{Uri.EscapeDataString(name)}/binding");
        var pods = await FindAsync(path, cancellation) ?? throw UnknownPath();
        return await writers.Binding.BindAsync(new(pods, path, context.Query, context.Request, context.User, context.Presenter, context.Audit), cancellation);
    }

    private async ValueTask<Reply> WatchAsync(WriteContext context, CancellationToken cancellation)
    {
        var resource = context.Resource;
        var list = ListOptions.Parse(context.Query, resource, watch: true);
        var fields = list.Fields;
        if (context.Path.Name.Length > 0) fields = new([.. fields.Requirements, new("metadata.name", true, context.Path.Name)]);
        var selection = resource.Select(context.Path.Namespace, list.Labels, fields);
        try
        {
            return await new WatchStream(resource, selection, list, context.Presenter, metrics.Watches.Of(resource.Type), feed, clock).StartAsync(cancellation);
        }
        catch (ApiException e) when (e.Code == 410)
        {
            var output = new System.Buffers.ArrayBufferWriter<byte>(512);
            context.Presenter.WriteError(output, e);
            return new Reply { ContentType = context.Presenter.StreamContentType, Body = output.WrittenMemory };
        }
    }

    // A definition that another server has just accepted may be on its way.
    private async ValueTask<ServedResource?> FindAsync(RequestPath path, CancellationToken cancellation)
    {
        if (definitions.Catalog.Find(path.Group, path.Version, path.Plural) is { } known) return known;
        await feed.WaitUntilFreshAsync(cancellation);
        return definitions.Catalog.Find(path.Group, path.Version, path.Plural);
    }

    private IExtensionApi? ExtensionOf(string path)
    {
        foreach (var extension in options.Extensions)
        {
            var prefix = extension.PathPrefix;
            if (path.StartsWith(prefix, StringComparison.Ordinal) && (path.Length == prefix.Length || path[prefix.Length] == '/')) return extension;
        }
        return null;
    }

    private static string QueryOf(ApiRequest request) =>
        request.PathAndQuery.IndexOf('?') is var mark and >= 0 ? request.PathAndQuery[(mark + 1)..] : "";

    // Clients send again what is answered with a time to wait; what may have been done must not be done twice unasked.
    private static ApiException Unreachable(StoreUnreachableException e) => e.MayHaveCommitted
        ? ApiException.Timeout($"store is unreachable: {e.Message}; whether the write was kept is not known, so look before it is tried again")
        : new ApiException(503, "ServiceUnavailable", $"store is unreachable: {e.Message}") { RetryAfterSeconds = 1 };

    private static ApiException UnknownPath() => new(404, "NotFound", "the server could not find the requested resource");

    private static ApiException NotServed(string what) => new(501, "NotImplemented", $"{what} is not served yet");

    private static ApiException NotAllowed() => new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
}
