using System.Net;
using System.Net.Sockets;
using Slipway.Api.Kinds;
using Slipway.Testing;

namespace Slipway.Flows.Tests;

/// <summary>Mails, against a server that speaks SMTP (RFC 5321) as far as a submission needs it.</summary>
public sealed class NotificationMailTests
{
    private static readonly FlowRun Run = new() { Metadata = new() { Name = "f-1", Uid = "u", NamespaceProperty = "default" }, Spec = new() { Flow = "f" }, Status = new() { Phase = "Failed", Message = "größer als erlaubt" } };

    [Fact]
    public async Task A_mail_is_taken_with_its_recipients_and_text()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var received = ReceiveAsync(listener, "250 taken");
        await SendAsync(listener, insecure: true);
        var lines = await received;
        Assert.Contains("MAIL FROM:<slipway@example.org>", lines);
        Assert.Equal(["RCPT TO:<a@example.org>", "RCPT TO:<b@example.org>"], lines.Where(l => l.StartsWith("RCPT", StringComparison.Ordinal)));
        Assert.Contains("Message-ID: <u.mail.Failure@slipway.dev>", lines);
        Assert.Contains("Subject: [slipway] f has failed", lines);
    }

    [Fact]
    public async Task What_the_server_refuses_is_an_error_that_can_pass()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var received = ReceiveAsync(listener, "452 no room");
        var refusal = await Assert.ThrowsAsync<NotificationException>(() => SendAsync(listener, insecure: true));
        Assert.Contains("no room", refusal.Message);
        Assert.False(refusal.IsFinal);
        await received;
    }

    [Theory]
    // which recipients are refused, and how -> whether trying again is of no use
    [InlineData("b", "550 no such mailbox", true)]
    [InlineData("b", "450 come again", false)]    // as servers do with whom they do not know
    [InlineData("ab", "550 no such mailbox", false)]   // the flow may be mended
    public async Task A_mail_is_not_sent_again_to_all_for_one_who_never_takes_it(string refused, string answer, bool isFinal)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var received = ReceiveAsync(listener, "250 taken", line => refused.Any(who => line == $"RCPT TO:<{who}@example.org>") ? answer : null);
        var refusal = await Assert.ThrowsAsync<NotificationException>(() => SendAsync(listener, insecure: true));
        Assert.Equal((isFinal, isFinal), (refusal.IsFinal, refusal.Message.StartsWith("not taken for <b@example.org> (", StringComparison.Ordinal)));
        Assert.Equal(refused.Length < 2, (await received).Contains("Message-ID: <u.mail.Failure@slipway.dev>"));
    }

    [Fact]
    public async Task Nothing_is_sent_in_the_clear_unless_that_is_declared()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var received = ReceiveAsync(listener, "250 taken");
        await Assert.ThrowsAsync<NotificationException>(() => SendAsync(listener, insecure: false));
        Assert.DoesNotContain(await received, l => l.StartsWith("MAIL", StringComparison.Ordinal));
    }

    private static async Task SendAsync(TcpListener listener, bool insecure)
    {
        await using var cluster = await TestCluster.StartAsync();
        var email = new NotificationEmail { To = ["a@example.org", "b@example.org"], From = "slipway@example.org", Host = "127.0.0.1", Port = ((IPEndPoint)listener.LocalEndpoint).Port, Insecure = insecure };
        var sender = new NotificationSender(cluster.Admin, () => throw new InvalidOperationException("no request by HTTP is expected"));
        await sender.SendAsync(new FlowNotification { Name = "mail", Email = email }, new NotificationText("u.mail.Failure", NotificationEvent.Failure, Run), TestContext.Current.CancellationToken);
    }

    /// <summary>Plays the server for one connection; all lines that the client sent.</summary>
    private static async Task<List<string>> ReceiveAsync(TcpListener listener, string verdict, Func<string, string?>? refuse = null)
    {
        using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        using var reader = new StreamReader(client.GetStream());
        await using var writer = new StreamWriter(client.GetStream()) { NewLine = "\r\n", AutoFlush = true };
        var (lines, inData) = (new List<string>(), false);
        await writer.WriteLineAsync("220 ready");
        while (await NextAsync(reader) is { } line)
        {
            lines.Add(line);
            if (inData && line != ".")
                continue;
            var answer = line == "." ? verdict : line.Split(' ')[0] switch { "EHLO" => "250 here", "DATA" => "354 go on", "QUIT" => "221 bye", _ => refuse?.Invoke(line) ?? "250 ok" };
            inData = line.StartsWith("DATA", StringComparison.Ordinal);
            await writer.WriteLineAsync(answer);
            if (line == "QUIT")
                break;
        }

        return lines;
    }

    // A client that hangs up without a word has said all.
    private static async Task<string?> NextAsync(StreamReader reader)
    {
        try
        {
            return await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
