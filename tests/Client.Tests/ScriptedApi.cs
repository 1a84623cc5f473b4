using System.IO.Pipelines;
using System.Text;
using System.Threading.Channels;
using Slipway.Api;

namespace Slipway.Client.Tests;

/// <summary>An API whose answers the test gives, request by request.</summary>
internal sealed class ScriptedApi : IApi
{
    private readonly Channel<Exchange> _requests = Channel.CreateUnbounded<Exchange>();

    public async ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
    {
        var exchange = new Exchange(request);
        await _requests.Writer.WriteAsync(exchange, cancellation);
        return await exchange.Answer.Task.WaitAsync(cancellation);
    }

    /// <summary>The next request.</summary>
    public async Task<Exchange> NextAsync() => await _requests.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

    public sealed class Exchange(ApiRequest request)
    {
        public ApiRequest Request { get; } = request;

        public string Path => Request.PathAndQuery;

        public TaskCompletionSource<ApiResponse> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Reply(int code, string body) => Answer.SetResult(new() { StatusCode = code, Body = Encoding.UTF8.GetBytes(body) });

        public void Refuse(int code, string reason, string message = "no") =>
            Reply(code, $$"""{"kind":"Status","apiVersion":"v1","status":"Failure","message":"{{message}}","reason":"{{reason}}","code":{{code}}}""");

        public ScriptedWatch Watch()
        {
            var pipe = new Pipe();
            Answer.SetResult(new() { StatusCode = 200, Stream = pipe.Reader.AsStream() });
            return new(pipe.Writer);
        }
    }
}

/// <summary>A watch whose events the test sends.</summary>
internal sealed class ScriptedWatch(PipeWriter writer)
{
    public async Task SendAsync(string frame) => await writer.WriteAsync(Encoding.UTF8.GetBytes(frame + "\n"));

    public Task SendAsync(string type, string name, int version, string more = "") =>
        SendAsync($$$"""{"type":"{{{type}}}","object":{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}","namespace":"a","uid":"u-{{{name}}}","resourceVersion":"{{{version}}}"{{{more}}} } } }""");

    public Task BookmarkAsync(int version, bool endsInitialEvents = false) =>
        SendAsync($$$"""{"type":"BOOKMARK","object":{"kind":"ConfigMap","apiVersion":"v1","metadata":{"resourceVersion":"{{{version}}}","annotations":{{{(endsInitialEvents ? """{"k8s.io/initial-events-end":"true"}""" : "{}")}}} } } }""");

    public Task ExpireAsync() =>
        SendAsync("""{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure","message":"too old","reason":"Expired","code":410}}""");

    public void End(Exception? error = null) => writer.Complete(error);
}
