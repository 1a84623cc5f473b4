using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Slipway.Api;
using Slipway.ApiServer.Authentication;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Serving;

/// <summary>Between HTTP and the dispatcher: who asks, what, and how the reply goes out.</summary>
internal sealed class HttpHandler(Identification identification, Dispatch dispatch, HttpsOptions options, TimeProvider clock, CancellationToken stopping)
{
    private const int MaxBodyBytes = 3 << 20;
    private readonly RequestLimits _limits = new(options.MaxRequestsOfUser, options.MaxWatchesOfUser);

    public async Task HandleAsync(HttpContext http)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        try
        {
            await AnswerAsync(http, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The client has gone, or the server is stopping.
        }
        catch (IOException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The same, seen by a read or write in progress.
        }
    }

    private async ValueTask AnswerAsync(HttpContext http, CancellationToken ended)
    {
        // 1. Who asks?
        UserInfo user;
        try
        {
            user = await identification.OfAsync(http, RawTarget(http), ended);
        }
        catch (ApiException refusal)
        {
            await ReplySender.SendAsync(http, StatusBody.Reply(refusal), ended);
            return;
        }

        // 2. Has the user too much going on already?
        var isLong = IsLong(http.Request);
        if (_limits.Enter(user.Name, isLong) is not { } lease)
        {
            await ReplySender.SendAsync(http, StatusBody.Reply(TooMany(user)), ended);
            return;
        }
        using var _ = lease;

        // 3. What is the answer? One that does not arise over time must be taken in time, so that a slow reader holds nothing.
        var reply = await ReplyAsync(http, user, ended);
        using var limit = new CancellationTokenSource(isLong || reply.Streamed is not null || reply.Forwarded?.Stream is not null ? Timeout.InfiniteTimeSpan : options.RequestTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ended);
        try
        {
            await ReplySender.SendAsync(http, reply, either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            http.Abort();
        }
    }

    private static bool IsLong(HttpRequest request) =>
        request.Query.TryGetValue("watch", out var watch) && watch.ToString() is not ("0" or "false") || request.Query.ContainsKey("follow");

    private ApiException TooMany(UserInfo user) =>
        new(429, "TooManyRequests", $"too many requests of {user.Name} at once (at most {options.MaxRequestsOfUser}, and {options.MaxWatchesOfUser} watches); please try again later") { RetryAfterSeconds = 1 };

    private async ValueTask<Reply> ReplyAsync(HttpContext http, UserInfo user, CancellationToken ended)
    {
        var body = await ReadBodyAsync(http, ended);
        if (body is null)
        {
            http.Response.Headers.Connection = "close";
            return StatusBody.Reply(new ApiException(413, "RequestEntityTooLarge", $"Request entity too large: limit is {MaxBodyBytes}"));
        }
        var request = new ApiRequest(http.Request.Method, RawTarget(http))
        {
            Body = body.Value,
            ContentType = http.Request.ContentType ?? MediaTypes.Json,
            Accept = http.Request.Headers.Accept.ToString(),
            UserAgent = http.Request.Headers.UserAgent.ToString(),
            IfNoneMatch = http.Request.Headers.IfNoneMatch.ToString(),
            SourceAddress = http.Connection.RemoteIpAddress?.ToString(),
        };

        using var limit = new CancellationTokenSource(options.RequestTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ended);
        try
        {
            return await dispatch(user, request, either.Token);
        }
        catch (OperationCanceledException) when (!ended.IsCancellationRequested)
        {
            return StatusBody.Reply(ApiException.Timeout("request did not complete within the allotted timeout"));
        }
    }

    private static string RawTarget(HttpContext http)
    {
        var raw = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (raw.StartsWith('/')) return raw;
        return Uri.TryCreate(raw, UriKind.Absolute, out var absolute) ? absolute.PathAndQuery : "/";
    }

    /// <summary>The body; null when it is too large.</summary>
    private static async ValueTask<ReadOnlyMemory<byte>?> ReadBodyAsync(HttpContext http, CancellationToken cancellation)
    {
        if (http.Request.ContentLength is > MaxBodyBytes) return null;
        if (http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false) return ReadOnlyMemory<byte>.Empty;
        var reader = http.Request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(cancellation);
            var buffer = result.Buffer;
            if (buffer.Length > MaxBodyBytes)
            {
                reader.AdvanceTo(buffer.End);
                return null;
            }
            if (result.IsCompleted)
            {
                var body = buffer.ToArray();
                reader.AdvanceTo(buffer.End);
                return body;
            }
            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }
}
