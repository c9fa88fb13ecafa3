# One image for web, worker, beat and the command line. The frontend is built on the way, by Node from a wheel.
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/mailer
COPY requirements.txt ./
RUN /opt/mailer/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
RUN /opt/mailer/bin/pip install --no-cache-dir --no-deps .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --user-group --home-dir /var/lib/mailer --create-home mailer
COPY --from=build /opt/mailer /opt/mailer
ENV PATH=/opt/mailer/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MAILER_DATA_DIR=/var/lib/mailer \
    MAILER_HTTP_HOST=0.0.0.0
USER mailer
WORKDIR /var/lib/mailer
VOLUME /var/lib/mailer
EXPOSE 8025
CMD ["mailer", "web"]
