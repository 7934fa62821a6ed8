using Microsoft.Extensions.Options;

namespace WebApp;

/// <summary>Validates the options before the host does, which would say the same wrapped in two stack traces.</summary>
internal static class StartupOptions
{
    public static string? FindMistakes(IServiceProvider services)
    {
        try
        {
            services.GetRequiredService<IStartupValidator>().Validate();
            return null;
        }
        catch (AggregateException exception)
        {
            return string.Join(Environment.NewLine, exception.InnerExceptions.Select(Describe));
        }
        catch (Exception exception) when (exception is OptionsValidationException or InvalidOperationException)
        {
            return Describe(exception);
        }
    }

    private static string Describe(Exception exception) => exception is OptionsValidationException invalid
        ? string.Join(Environment.NewLine, invalid.Failures)
        : exception.Message; // a value that configuration could not convert
}
