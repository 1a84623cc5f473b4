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

    public async Task HandleAsync(HttpContext http)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        try
        {
            var reply = await AnswerAsync(http, ended.Token);
            await ReplySender.SendAsync(http, reply, ended.Token);
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

    private async ValueTask<Reply> AnswerAsync(HttpContext http, CancellationToken ended)
    {
        UserInfo user;
        try
        {
            user = await identification.OfAsync(http, RawTarget(http), ended);
        }
        catch (ApiException refusal)
        {
            return StatusBody.Reply(refusal);
        }
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
