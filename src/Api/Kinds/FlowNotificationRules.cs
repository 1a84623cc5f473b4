using System.Net.Mail;

namespace Slipway.Api.Kinds;

/// <summary>Rules of the notifications of a flow.</summary>
internal static class FlowNotificationRules
{
    public static void Check(FlowSpec flow, List<StatusCause> causes)
    {
        for (var i = 0; i < (flow.Notifications?.Count ?? 0); i++)
            Check($"spec.notifications[{i}]", flow.Notifications![i], flow, causes);
    }

    private static void Check(string path, FlowNotification notification, FlowSpec flow, List<StatusCause> causes)
    {
        if (flow.Notifications!.TakeWhile(n => n != notification).Any(n => n.Name == notification.Name))
            causes.Add(StatusCause.Duplicate($"{path}.name", $"\"{notification.Name}\""));
        if (new object?[] { notification.Webhook, notification.Slack, notification.Email }.Count(w => w is not null) != 1)
            causes.Add(StatusCause.Required(path, "must have one of webhook, slack and email"));
        for (var i = 0; i < (notification.Events?.Count ?? 0); i++)
        {
            if (!NotificationEvent.All.Contains(notification.Events![i]))
                causes.Add(StatusCause.NotSupported($"{path}.events[{i}]", $"\"{notification.Events[i]}\"", NotificationEvent.All));
        }

        if (notification.Events is [NotificationEvent.Late] && flow.Deadline is null)
            causes.Add(StatusCause.Required("spec.deadline", $"the notification {notification.Name} tells only of runs that are late, and without a deadline none is"));
        Check($"{path}.webhook", notification.Webhook, causes);
        Check($"{path}.slack", notification.Slack, causes);
        if (notification.Email is not { } email)
            return;
        foreach (var (field, address) in email.To.Select((a, i) => ($"to[{i}]", a)).Append(("from", email.From)))
        {
            if (address.Length > 0 && !MailAddress.TryCreate(address, out _))
                causes.Add(StatusCause.Invalid($"{path}.email.{field}", $"\"{address}\"", "must be an address, such as data@example.org"));
        }

        if ((email.Username is null) != (email.PasswordFrom is null))
            causes.Add(StatusCause.Required($"{path}.email.{(email.Username is null ? "username" : "passwordFrom")}", "username and passwordFrom belong together"));
        if (email is { Insecure: true, PasswordFrom: not null })
            causes.Add(StatusCause.Forbidden($"{path}.email.insecure", "a password is not sent in the clear; leave out one of them"));
    }

    internal static void Check(string path, NotificationTarget? target, List<StatusCause> causes)
    {
        if (target is null)
            return;
        if (target.Url is null == target.UrlFrom is null)
            causes.Add(StatusCause.Required($"{path}.url", "must have one of url and urlFrom"));
        if (target.Url is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Scheme is ("http" or "https")))
            causes.Add(StatusCause.Invalid($"{path}.url", $"\"{url}\"", "must be a URL that begins with http:// or https://"));
    }
}
