using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Slipway.Api;
using Slipway.ApiServer.Authentication;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Serving;

/// <summary>Between HTTP and the dispatcher: who asks, what, and how the reply goes out.</summary>
internal sealed class HttpHandler(Identification identification, IRequestTarget target, HttpsOptions options, TimeProvider clock, CancellationToken stopping)
{
    private const int MaxBodyBytes = 3 << 20;

    // Of strangers, whose secret is known when the body is there, less is taken.
    private const int MaxHookBytes = 1 << 20;

    // A client that is still sending should have the chance to read why it is refused.
    private const int MaxRestBytes = 8 << 20;

    private readonly RequestLimits _limits = new(options, target.PassesOn);

    public async Task HandleAsync(HttpContext http)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        try
        {
            await AnswerAsync(http, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The client has gone, or the server is stopping: then nobody is to take the silence for an answer.
            if (!http.Response.HasStarted) http.Abort();
        }
        catch (IOException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The same, seen by a read or write in progress.
        }
    }

    private async ValueTask AnswerAsync(HttpContext http, CancellationToken ended)
    {
        var request = WithoutBody(http);
        if (Authenticator.IsHook(request.PathAndQuery)) request = request with { Headers = PassedOn.HeadersOf(http) };

        // 1. Who asks, in whose name, and has the user too much going on already?
        var (caller, user) = (UserInfo.Unknown, UserInfo.Unknown);
        Shares.Share share;
        try
        {
            caller = user = await identification.CallerAsync(http, request.PathAndQuery, ended);
            user = identification.ActingAs(caller, http);
            share = _limits.Enter(user, http);
        }
        catch (ApiException refusal)
        {
            var recorded = caller == UserInfo.Unknown ? Identification.Attempted(http) : null;
            await ReplySender.SendAsync(http, await target.RefuseAsync(user, request, refusal, recorded, ended), ended);
            return;
        }
        using var _ = share;

        // 2. What is the answer? One that does not arise over time must be taken in time, so that a slow reader holds nothing.
        await using var passedOn = target.PassesOn(request.PathAndQuery) ? PassedOn.Whole(request, http) : null;
        var reply = passedOn is null ? await ReplyAsync(http, user, request, ended) : await target.DispatchAsync(user, passedOn.Request, ended);
        using var limit = new CancellationTokenSource(reply.IsLasting ? Timeout.InfiniteTimeSpan : options.RequestTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ended);
        try
        {
            await ReplySender.SendAsync(http, reply, either.Token);
            if (reply.StatusCode == StatusCodes.Status413PayloadTooLarge) await LeaveRestAsync(http, either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            target.GiveUp(request, hasBegun: true);
            http.Abort();
        }
    }

    // A body that arrives slowly takes from the time of the request's own user.
    private async ValueTask<Reply> ReplyAsync(HttpContext http, UserInfo user, ApiRequest request, CancellationToken ended)
    {
        TimeSpan time;
        try
        {
            time = RequestTime.Of(request.PathAndQuery, options.RequestTimeout);
        }
        catch (ApiException refusal)
        {
            return await RefuseBodyAsync(refusal);
        }
        using var limit = new CancellationTokenSource(time, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ended);
        ReadOnlyMemory<byte> body;
        try
        {
            body = await ReadBodyAsync(http, either.Token);
        }
        catch (OperationCanceledException) when (!ended.IsCancellationRequested)
        {
            return await RefuseBodyAsync(ApiException.OutOfTime());
        }
        catch (ApiException refusal)
        {
            return await RefuseBodyAsync(refusal);
        }

        try
        {
            return await target.DispatchAsync(user, request with { Body = body }, either.Token);
        }
        catch (OperationCanceledException) when (!ended.IsCancellationRequested)
        {
            target.GiveUp(request, hasBegun: false);
            return StatusBody.Reply(ApiException.OutOfTime());
        }

        // What is left of the body is not waited for.
        ValueTask<Reply> RefuseBodyAsync(ApiException refusal)
        {
            http.Response.Headers.Connection = "close";
            return target.RefuseAsync(user, request, refusal, null, ended);
        }
    }

    private static ApiRequest WithoutBody(HttpContext http) => new(http.Request.Method, RawTarget(http))
    {
        ContentType = http.Request.ContentType ?? MediaTypes.Json,
        Accept = http.Request.Headers.Accept.ToString(),
        UserAgent = http.Request.Headers.UserAgent.ToString(),
        IfNoneMatch = http.Request.Headers.IfNoneMatch.ToString(),
        SourceAddress = http.Connection.RemoteIpAddress?.ToString(),
    };

    private static string RawTarget(HttpContext http)
    {
        var raw = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (raw.StartsWith('/')) return raw;
        return Uri.TryCreate(raw, UriKind.Absolute, out var absolute) ? absolute.PathAndQuery : "/";
    }

    /// <exception cref="ApiException">413: it is too large; 400: it does not arrive as it should.</exception>
    private static async ValueTask<ReadOnlyMemory<byte>> ReadBodyAsync(HttpContext http, CancellationToken cancellation)
    {
        var limit = Authenticator.IsHook(RawTarget(http)) ? MaxHookBytes : MaxBodyBytes;
        if (http.Request.ContentLength > limit) throw TooLarge(limit);
        if (http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false) return ReadOnlyMemory<byte>.Empty;
        var reader = http.Request.BodyReader;
        try
        {
            while (true)
            {
                var result = await RequestBody.ReadAsync(reader, cancellation);
                var buffer = result.Buffer;
                if (buffer.Length > limit)
                {
                    reader.AdvanceTo(buffer.End);
                    throw TooLarge(limit);
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
        catch (BadHttpRequestException e)
        {
            throw new ApiException(e.StatusCode, "BadRequest", e.Message);
        }
        catch (IOException e) when (!http.RequestAborted.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            // The length of a chunk that is beyond all numbers is reported so.
            throw ApiException.BadRequest(e.Message);
        }
    }

    // Left alone, the server would take in what a client sends for seconds before it closes the connection.
    private static async ValueTask LeaveRestAsync(HttpContext http, CancellationToken cancellation)
    {
        if (HttpProtocol.IsHttp2(http.Request.Protocol)) return;   // the stream is reset
        await http.Response.CompleteAsync();
        var reader = http.Request.BodyReader;
        try
        {
            for (var taken = 0L; taken < MaxRestBytes;)
            {
                var result = await RequestBody.ReadAsync(reader, cancellation);
                taken += result.Buffer.Length;
                reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted) return;
            }
        }
        catch (BadHttpRequestException)
        {
            // The rest does not arrive as it should, which no longer matters.
        }
        http.Abort();
    }

    private static ApiException TooLarge(int limit) => new(413, "RequestEntityTooLarge", $"Request entity too large: limit is {limit}");
}
