using System.Collections.Concurrent;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Slipway.Node.Devices.Wire;

namespace Slipway.Node.Tests.Devices;

/// <summary>A driver of devices as a node meets it: a socket at which it registers and makes devices ready.</summary>
internal sealed class DriverServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly PluginInfo _info;

    private DriverServer(WebApplication app, PluginInfo info) => (_app, _info) = (app, info);

    /// <summary>What it was told and asked, in order.</summary>
    public ConcurrentQueue<string> Seen { get; } = new();

    /// <summary>Why it makes nothing ready; empty when it does.</summary>
    public string Error { get; set; } = "";

    /// <summary>Whether it takes what it is asked and says nothing; <see cref="WasAsked"/> then tells when it has.</summary>
    public bool IsSilent { get; set; }

    public TaskCompletionSource WasAsked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where it says that it is to be called.</summary>
    public string Endpoint
    {
        get => _info.Endpoint;
        set => _info.Endpoint = value;
    }

    public static async Task<DriverServer> StartAsync(string socket, string name, string type = "DRAPlugin", string version = "v1.DRAPlugin")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(socket, listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        var server = new DriverServer(app, new() { Type = type, Name = name, SupportedVersions = { version } });
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    // A message of gRPC: a byte for compression, four for the length, then the content; the status comes in the trailers.
    private async Task AnswerAsync(HttpContext context)
    {
        if (IsSilent)
        {
            WasAsked.TrySetResult();
            await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var answer = Answer(context.Request.Path.Value!, body.ToArray()[5..]).ToByteArray();
        context.Response.ContentType = "application/grpc";
        context.Response.DeclareTrailer("grpc-status");
        await context.Response.Body.WriteAsync((byte[])[0, 0, 0, (byte)(answer.Length >> 8), (byte)answer.Length, .. answer]);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    private IMessage Answer(string path, byte[] asked)
    {
        switch (path)
        {
            case "/pluginregistration.Registration/GetInfo":
                return _info;
            case "/pluginregistration.Registration/NotifyRegistrationStatus":
                var status = RegistrationStatus.Parser.ParseFrom(asked);
                Seen.Enqueue(status.PluginRegistered ? "registered" : status.Error);
                return new RegistrationStatusResponse();
            case "/k8s.io.kubelet.pkg.apis.dra.v1.DRAPlugin/NodePrepareResources":
                var prepared = new NodePrepareResourcesResponse();
                foreach (var claim in NodePrepareResourcesRequest.Parser.ParseFrom(asked).Claims)
                {
                    Seen.Enqueue($"prepare {claim.Namespace}/{claim.Name}");
                    prepared.Claims[claim.Uid] = new()
                    {
                        Error = Error,
                        Devices =
                        {
                            new Device { PoolName = "n1", DeviceName = "a", RequestNames = { "large" }, CdiDeviceIds = { $"{_info.Name}/gpu={claim.Name}-a" } },
                            new Device { PoolName = "n1", DeviceName = "b", CdiDeviceIds = { $"{_info.Name}/gpu={claim.Name}-b" } },
                        },
                    };
                }
                return prepared;
            default:
                var undone = new NodeUnprepareResourcesResponse();
                foreach (var claim in NodeUnprepareResourcesRequest.Parser.ParseFrom(asked).Claims)
                {
                    Seen.Enqueue($"unprepare {claim.Namespace}/{claim.Name}");
                    undone.Claims[claim.Uid] = new() { Error = Error };
                }
                return undone;
        }
    }
}
