using System.Net;
using System.Net.Mail;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>A notification was not taken.</summary>
/// <param name="message">Why, in one line.</param>
/// <param name="isFinal">Whether trying again is of no use.</param>
public sealed class NotificationException(string message, bool isFinal = false) : Exception(message)
{
    /// <summary>Whether trying again is of no use.</summary>
    public bool IsFinal { get; } = isFinal;
}

/// <summary>Delivers notifications. Nothing is opened before the first.</summary>
/// <param name="api">Reads the Secrets that notifications name.</param>
/// <param name="transport">Makes what carries requests.</param>
public sealed class NotificationSender(IApi api, Func<HttpMessageHandler> transport)
{
    private const int SubmissionPort = 587; // RFC 6409

    private readonly OutboundPost outbound = new(api, transport);

    /// <summary>Delivers one; returns when it was taken.</summary>
    /// <exception cref="NotificationException">It was not taken.</exception>
    public async Task SendAsync(FlowNotification notification, NotificationText text, CancellationToken cancellation)
    {
        try
        {
            var run = text.Run;
            if (notification.Slack is { } slack)
                await PostAsync(await UrlAsync(run, slack, cancellation), text.Id, text.SlackDocument(), null, cancellation);
            else if (notification.Webhook is { } webhook)
                await PostAsync(await UrlAsync(run, webhook, cancellation), text.Id, text.Document(), webhook.SignWith is { } key ? await SecretAsync(run, key, cancellation) : null, cancellation);
            else if (notification.Email is { } email)
                await MailAsync(email, text, cancellation);
        }
        catch (Exception e) when (OutboundPost.IsFailure(e) || e is SmtpException)
        {
            throw OutboundPost.NotTaken(e);
        }
    }

    private async Task PostAsync(Uri url, string id, JsonObject document, string? key, CancellationToken cancellation)
    {
        var (code, reason) = await outbound.PostAsync(
            url, document,
            (headers, body) =>
            {
                headers.TryAddWithoutValidation("X-Slipway-Delivery", id);
                if (key is not null)
                    headers.TryAddWithoutValidation("X-Slipway-Signature", $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), body))}");
            },
            cancellation);
        if (code is < 200 or > 299)
            throw new NotificationException($"{url.Host} answered {code} {reason}", isFinal: code is >= 300 and < 500 and not (408 or 425 or 429));
    }

    // The base library's client: it does what a submission needs (STARTTLS, AUTH), and adds nothing to the program.
    private async Task MailAsync(NotificationEmail email, NotificationText text, CancellationToken cancellation)
    {
        using var client = new SmtpClient(email.Host, email.Port ?? SubmissionPort) { EnableSsl = email.Insecure != true };
        if (email is { Username: { } user, PasswordFrom: { } from })
            client.Credentials = new NetworkCredential(user, await SecretAsync(text.Run, from, cancellation));
        using var message = new MailMessage { From = new MailAddress(email.From), Subject = $"[slipway] {text.Subject}", Body = text.Body, BodyEncoding = Encoding.UTF8, SubjectEncoding = Encoding.UTF8 };
        message.Headers["Message-ID"] = $"<{text.Id}@slipway.dev>";
        foreach (var to in email.To)
            message.To.Add(to);
        try
        {
            await client.SendMailAsync(message, cancellation);
        }
        catch (SmtpFailedRecipientException e) when (Refused(e) is var refused && refused.Count < message.To.Count && refused.TrueForAll(r => (int)r.StatusCode >= 500))
        {
            // Those who have it would get it again and again for the others, who never will.
            throw new NotificationException(PodTrouble.OneLine($"not taken for {string.Join(", ", refused.Select(r => $"{r.FailedRecipient} ({r.Message})"))}; all others have it"), isFinal: true);
        }
    }

    private static List<SmtpFailedRecipientException> Refused(SmtpFailedRecipientException e) => e is SmtpFailedRecipientsException { InnerExceptions: var each } ? [.. each] : [e];

    private Task<Uri> UrlAsync(FlowRun run, NotificationTarget target, CancellationToken cancellation) => outbound.UrlAsync(run.Metadata.NamespaceProperty, target, IsLast(run), cancellation);

    private Task<string> SecretAsync(FlowRun run, TaskKeyReference from, CancellationToken cancellation) => outbound.SecretAsync(run.Metadata.NamespaceProperty, from, IsLast(run), cancellation);

    /// <summary>For a run that is being deleted, perhaps with its namespace, nobody will make the secret any more.</summary>
    private static bool IsLast(FlowRun run) => run.Metadata.DeletionTimestamp is not null;
}
